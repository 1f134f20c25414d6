"""A second factor: enrolled by its first code, asked at sign-in, each code good for one use."""
import base64
import concurrent.futures
import hashlib
import hmac
import struct
import time

import pytest
from harness.problem import pointers, problem
from harness.wait import wait_for


def totp(secret, step=None, skew=0):
    """RFC 6238 with SHA-1, 30 s, 6 digits."""
    step = int(time.time()) // 30 + skew if step is None else step
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def with_time_left():
    """Until this step goes on for long enough that what is asked now is judged within it."""
    wait_for(lambda: time.time() % 30 < 20, what="a young step of 30 seconds")


class Person:
    def __init__(self, product, tenant):
        self.product, self.tenant = product, tenant
        self.user = tenant.add_user("read_only")
        self.me = product.client().sign_in(tenant.slug, self.user["email"], self.user["password"])

    def enrol(self):
        begun = self.me.post("/v1/me/mfa", {"password": self.user["password"]}).expect(200).json
        self.secret = begun["secret"]
        # The step before: so that this one's own code is still unused for the sign-ins of the test.
        with_time_left()
        done = self.me.post("/v1/me/mfa/confirm", {"enrolment": begun["enrolment"], "code": totp(self.secret, skew=-1)})
        self.codes = done.expect(200).json["recovery_codes"]
        self.me.headers["Cookie"] = done.headers["Set-Cookie"].split(";")[0]
        self.me.headers["X-CSRF-Token"] = done.json["csrf_token"]
        return self

    def first_step(self):
        answer = self.product.client().post("/v1/session", {"tenant": self.tenant.slug, "email": self.user["email"],
                                                            "password": self.user["password"]})
        return problem(answer, 401, "mfa_required")["challenge"]

    def second_step(self, challenge, code):
        return self.product.client().post("/v1/session/mfa", {"challenge": challenge, "code": code})


@pytest.fixture
def person(product, tenant):
    return Person(product, tenant).enrol()


def test_the_password_alone_is_not_enough(person):
    challenge = person.first_step()
    person.second_step(challenge, totp(person.secret)).expect(201)


def test_a_code_serves_once_in_sequence_and_in_parallel(person):
    code = totp(person.secret)
    challenges = [person.first_step() for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda c: person.second_step(c, code).status, challenges))
    assert sorted(statuses) == [201, 401, 401, 401]
    problem(person.second_step(person.first_step(), code), 401, "invalid_credentials")


def test_only_the_steps_beside_now_are_taken(person):
    for skew in (-2, +2):
        with_time_left()
        problem(person.second_step(person.first_step(), totp(person.secret, skew=skew)), 401)
    person.second_step(person.first_step(), totp(person.secret, skew=+1)).expect(201)
    # A later step was used: the one of now is past.
    problem(person.second_step(person.first_step(), totp(person.secret)), 401)


def test_a_challenge_works_once_and_is_nothing_by_itself(person, product):
    challenge = person.first_step()
    problem(product.client().get("/v1/me", {"Cookie": f"__Host-session={challenge}"}), 401)
    person.second_step(challenge, person.codes[0]).expect(201)
    problem(person.second_step(challenge, person.codes[1]), 401, "invalid_credentials")
    problem(person.second_step("A" * 43, totp(person.secret)), 401, "invalid_credentials")


def test_recovery_codes_serve_once_and_are_stored_hashed(person, sql):
    assert len(person.codes) == 10 and all(len(c.replace("-", "")) == 16 for c in person.codes)
    person.second_step(person.first_step(), person.codes[0].lower()).expect(201)
    problem(person.second_step(person.first_step(), person.codes[0]), 401)
    with sql.cursor() as c:
        c.execute("SELECT code_hash FROM auth.recovery_code WHERE user_id = %s", (person.user["id"],))
        stored = [row[0] for row in c.fetchall()]
        c.execute("SELECT mfa_secret_sealed FROM auth.app_user WHERE id = %s", (person.user["id"],))
        sealed = c.fetchone()[0]
    assert len(stored) == 10 and not set(stored) & set(person.codes)
    assert person.secret not in sealed


def test_wrong_codes_lock_the_factor_not_the_password(person):
    statuses = [person.second_step(person.first_step(), "000000").status for _ in range(11)]
    assert statuses[:10] == [401] * 10 and statuses[10] == 429
    answer = person.second_step(person.first_step(), totp(person.secret))
    problem(answer, 429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0


def test_enrolling_needs_the_password_and_a_right_code(product, tenant):
    person = Person(product, tenant)
    assert "/password" in pointers(problem(person.me.post("/v1/me/mfa", {"password": "wrong"}), 422))
    begun = person.me.post("/v1/me/mfa", {"password": person.user["password"]}).expect(200).json
    assert begun["otpauth_url"].startswith("otpauth://totp/")
    wrong = person.me.post("/v1/me/mfa/confirm", {"enrolment": begun["enrolment"], "code": "000000"})
    assert pointers(problem(wrong, 422)) == {"/code": "invalid"}
    other = Person(product, tenant)
    stolen = other.me.post("/v1/me/mfa/confirm", {"enrolment": begun["enrolment"], "code": totp(begun["secret"])})
    assert pointers(problem(stolen, 422)) == {"/enrolment": "invalid"}
    product.client().sign_in(tenant.slug, person.user["email"], person.user["password"])  # still without


def test_it_is_taken_away_by_the_user_or_by_an_admin(person, owner, product, tenant):
    person.me.post("/v1/me/mfa/remove", {"password": person.user["password"]}).expect(200)
    product.client().sign_in(tenant.slug, person.user["email"], person.user["password"])
    again = Person(product, tenant).enrol()
    owner.post(f"/v1/users/{again.user['id']}/reset_mfa").expect(200)
    problem(again.me.get("/v1/me"), 401, "session_stale")
    product.client().sign_in(tenant.slug, again.user["email"], again.user["password"])
