"""One line of JSON for each question, one for each answer: how bench/race/peer-process.ts talks to a peer."""

import json
import sys


def serve(handlers):
    """Answers `{"request": NAME, …}` with what handlers[NAME](question) returns, or with the error it raises."""
    # what a library prints must not come between the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = handlers[question["request"]](question)
        except Exception as error:  # noqa: BLE001: whatever it is, the other side reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
