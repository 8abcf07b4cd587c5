"""A process in which bins seem to overflow at one camera after the other until it is killed; says so after each look is committed."""

import sys
from pathlib import Path

from tests.integration.patrol.test_limiting import Snowfall


def main(folder: str) -> None:
    snow = Snowfall(Path(folder), cameras=60)
    for number in range(60):
        for _ in range(2):
            snow.look(number)
            print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
