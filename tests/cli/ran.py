"""One call of billfold, as a test looks at it."""
import json


class Ran:
    """How one call of billfold ended."""

    def __init__(self, done, words):
        self.status, self.out, self.err, self.words = done.returncode, done.stdout, done.stderr, words

    @property
    def json(self):
        """Standard output, which with --json is one object and nothing else."""
        assert self.out.count("\n") == 1 and self.out.endswith("\n"), self.out
        return json.loads(self.out)

    @property
    def problem(self):
        """What --json says on standard error when it goes wrong: one object on a line of its own, the last."""
        return json.loads(self.err.splitlines()[-1])

    def expect(self, status):
        assert self.status == status, f"billfold {' '.join(self.words)} ended with {self.status}, not {status}:\n{self.out}{self.err}"
        return self
