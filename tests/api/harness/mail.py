"""What the mail catcher received: a Maildir, read as messages."""
import email
import email.policy
import pathlib

from .wait import PATIENCE, wait_for


class Mail:
    def __init__(self, maildir):
        self.maildir = pathlib.Path(maildir)

    def messages(self, to=None, subject=None):
        """In the order of arrival; `to` is an envelope recipient, `subject` a part of the subject."""
        found = []
        for path in sorted((self.maildir / "new").iterdir()) if (self.maildir / "new").exists() else []:
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if to and to.lower() not in [str(a).lower() for a in message.get_all("X-Original-To", [])]:
                continue
            if subject and subject not in str(message["Subject"]):
                continue
            found.append(message)
        return found

    def wait(self, to=None, subject=None, count=1, seconds=PATIENCE):
        def enough():
            found = self.messages(to, subject)
            return found if len(found) >= count else None

        return wait_for(enough, seconds, f"{count} mail to {to} about {subject}")
