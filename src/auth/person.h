/*
 * person.h - what sign-in, second factor and password routes share: how a user stands, and the
 * session that a success begins.
 */
#ifndef BILLFOLD_AUTH_PERSON_H
#define BILLFOLD_AUTH_PERSON_H

#include <billfold/auth/caller.h>
#include <billfold/resource.h>

#define DEVICE_COOKIE "__Host-device"

struct person {
	struct uuid tenant, user;
	const char *state, *password_hash, *mfa_secret_sealed;
	int64_t epoch, mfa_step;
	struct perm_set perms;
	const char *email;
	bool mfa;             /* has shown a second factor */
	struct str device_of; /* the account's name for the device cookie; empty: none is set */
};

/* The user who is (or is about to be) this caller; forbidden for a caller that is no user. */
int person_read(struct call *c, const struct caller *who, struct person *ret, struct err *err);
/* A caller that acts as this user, whatever epoch was read before. */
void person_caller(const struct call *c, const struct person *p, struct caller *ret);

/* 422 by pointer, invalid_credentials, or unavailable. The judgement takes as long for a user that
 * is not there. */
int person_password(struct call *c, const struct person *p, struct str password, bool *ret_right,
		    struct err *err);
/* confirm.c: the caller's password once more; a wrong one is 422 at the pointer. */
int person_confirm(struct call *c, struct person *ret, struct str password, const char *pointer,
		   struct err *err);
int person_hash(struct call *c, struct str password, const char **ret, struct err *err);

/*
 * A new session under a new token, whatever cookie the request brought; that one ends. f has
 * entered and holds what must come first (NULL: nothing); it is committed here. Body: {user,
 * csrf_token, expires_at}.
 */
int person_begin_session(struct call *c, struct person *p, struct flush *f, int status,
			 struct reply *r, struct err *err);
void person_end_cookie(struct call *c, struct reply *r);

/* A code of the authenticator or a recovery code; adds its use to f. invalid_credentials. */
int person_add_code(struct call *c, const struct person *p, struct str code, struct flush *f,
		    struct err *err);

/* The sealed form of an authenticator's secret, and the stored form of a recovery code. */
int person_seal_factor(struct call *c, const struct person *p, struct str secret, const char **ret,
		       struct err *err);
const char *recovery_hash(struct arena *a, struct str code);

/* device.c: a device that has signed in to the account before is counted by itself. */
const char *device_cookie(struct call *c, struct str account);
bool device_known(struct call *c, struct str account, struct str *ret_device);

struct str session_body(struct call *c, struct str user, const char *csrf, int64_t signed_in_at);
struct str body_text(const struct call *c, const char *name);

/* What a sign-in answers; the person in it. */
extern const struct field session_out[], me_user_fields[];

#endif
