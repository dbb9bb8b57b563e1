"""The protocol of a library in Python: one line of JSON for each question, one for each answer.

The other side is bench/race/library-process.ts.
"""

import json
import sys


def serve(handlers):
    """Answers `{"request": NAME, …}` with what handlers[NAME](question) returns, or with the error it raises."""
    # only answers may go to stdout
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = handlers[question["request"]](question)
        except Exception as error:  # noqa: BLE001: the other side reports every error
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
