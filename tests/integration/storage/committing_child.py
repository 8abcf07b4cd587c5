"""A process that commits orders until it is killed, and says the number of each after it is committed."""

import sys
from itertools import count

from storage.database import Database
from tests.doubles.order_samples import event, incident, message, order


def main(url: str) -> None:
    database = Database.open(url)
    for number in count(1):
        with database.transaction() as book:
            book.save_incident(incident(number))
            book.add(order(number), event(order(number)))
            book.send([message(number * 10 + n, order_id=f"order-{number}", cleaner_id=f"c0{n}") for n in (1, 2, 3)])
        print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
