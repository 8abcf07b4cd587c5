"""What can go wrong with the database, named by cause."""

from town.problems import CannotRun


class StorageError(CannotRun):
    """The database did not do what was asked; the transaction is undone. `retryable` says whether trying again can help.

    StorageError
    ├── Unopenable     the URL is wrong, or nothing can be opened there
    │   ├── TooNew     the database was written by a later weisu
    │   └── InUse      somebody else has the database open, and must not
    ├── Busy           another writer held the database for longer than we wait (retryable)
    ├── Contradiction  a constraint refused the rows: a programme error, such as an order without its incident
    ├── Unusable       a file beside the database is not as it must be
    └── Failed         the database itself failed: disk full, file damaged, connection lost
    """

    retryable = False


class Unopenable(StorageError):
    pass


class TooNew(Unopenable):
    pass


class InUse(Unopenable):
    pass


class Busy(StorageError):
    retryable = True


class Contradiction(StorageError):
    pass


class Unusable(StorageError):
    pass


class Failed(StorageError):
    pass
