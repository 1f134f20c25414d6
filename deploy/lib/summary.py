#!/usr/bin/python3
"""What quickstart says at its end: where Billfold is, the log-ins, and both again as one JSON object.

    summary.py FACTS [LOGINS]      FACTS: what `stack describe` prints; LOGINS: a file with what
                                   `billfold --json demo` printed, where the demo was made
"""
import json
import os
import shlex
import sys

# The last line's members, in this order; what has no demo has null, {} and null in their places.
MEMBERS = ("url", "home", "mail", "metrics", "tenant", "users", "client", "pg", "redis")


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    found = {"tenant": None, "users": {}, "client": None, **json.loads(sys.argv[1])}
    if len(sys.argv) == 3 and os.path.exists(sys.argv[2]):
        with open(sys.argv[2]) as f:
            made = json.load(f)
        found.update({name: made[name] for name in ("tenant", "users", "client")})
    print(f"\nBillfold is at {found['url']}")
    for role, user in found["users"].items():
        print(f"    {role:<8} {user['email']}  {user['password']}   (tenant {found['tenant']['slug']})")
    print(f"    the API  {found['url']}/docs/api")
    print(f"    command  {shlex.quote(found['home'] + '/billfold')} --help\n    mail     {found['mail']}\n    logs     {found['home']}/log\n")
    print(json.dumps({name: found[name] for name in MEMBERS}))


if __name__ == "__main__":
    main()
