"""People at their desks for the tests of works."""
from server import Client, ok as tap


def ok(good, title, detail=""):
    tap(bool(good), title, detail)


def says(answer, part):
    """Whether a refusal says this."""
    return isinstance(answer, dict) and any(part in e["text"] for e in answer.get("errors", []))


class Person(Client):
    def add(self, ledger, **values):
        status, answer, _ = self.call("POST", f"/api/ledgers/{ledger}/records", {"values": values})
        if status != 201:
            raise AssertionError(f"{ledger} was not added: {status} {answer}")
        return answer

    def change(self, ledger, record, **values):
        status, answer, _ = self.call("PATCH", f"/api/ledgers/{ledger}/records/{record['id']}", {"values": values, "reason": "测试"},
                                      {"If-Match": f"\"{record['version']}\""})
        if status != 200:
            raise AssertionError(f"{ledger} was not changed: {status} {answer}")
        return answer

    def move(self, ledger, record, to):
        status, answer, _ = self.call("POST", f"/api/ledgers/{ledger}/records/{record['id']}/state", {"to": to}, {"If-Match": f"\"{record['version']}\""})
        if status != 200:
            raise AssertionError(f"{ledger} was not moved: {status} {answer}")
        return answer

    def act(self, work, act, keeps=True, **asked):
        status, answer, _ = self.call("POST", f"/api/works/{work}/{'acts' if keeps else 'try'}", {"act": act, **asked})
        return status, answer


class Office:
    """The accounts of a demo town, signed in."""

    def __init__(self, server, passwords):
        for login, password in passwords.items():
            person = Person(server.port)
            status, answer = person.sign_in(login, password)
            assert status == 200, answer
            person.account = answer["account"]["id"]
            setattr(self, login, person)

    def rows(self, ledger, where, limit, who=None):
        status, answer, _ = (who or self.admin).call("GET", f"/api/ledgers/{ledger}/records?limit={limit}&where={where}")
        assert status == 200, answer
        return answer["items"]
