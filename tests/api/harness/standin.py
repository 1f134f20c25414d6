"""A stand-in for an outside system (tests/stand-in) as tests see it: started, told how to fail, asked what it knows."""
import json
import pathlib
import subprocess
import urllib.request

STAND_INS = pathlib.Path(__file__).resolve().parents[2] / "stand-in"


class StandIn:
    name = None  # its folder

    @classmethod
    def server(cls):
        return str(STAND_INS / cls.name / "server.py")

    def start(self):
        self.process = subprocess.Popen([self.server()], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"the stand-in {self.name} does not start")
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()

    def control(self, path, **given):
        request = urllib.request.Request(self.url + "/_standin" + path, data=json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def fail(self, *rules):
        """Faults to come (script.py of its folder); none: all is well again."""
        self.control("/script", rules=list(rules))

    def state(self):
        return self.control("/state")
