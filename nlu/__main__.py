"""``python -m nlu train`` trains the model; ``python -m nlu rasa …`` is Rasa's own command line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

from knowledge.datafile import DataFileError
from knowledge.settings import KnowledgeSettings
from nlu.training import ensure_trained


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, the process's own if no other is given; returns the exit status."""
    warnings.filterwarnings("ignore")
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["rasa"]:
        from rasa.__main__ import main as rasa_main

        sys.argv = given
        rasa_main()
        return 0
    if given == ["train"]:
        try:
            print(ensure_trained(KnowledgeSettings(), lambda message: print(message, file=sys.stderr, flush=True)))
        except DataFileError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
