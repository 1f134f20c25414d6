/*
 * totp.c - time-based one-time codes (RFC 6238): SHA-1, 30 seconds, 6 digits.
 *
 * The step before and the step after the present one are accepted, for clocks that are
 * off; never a step at or before the last one used, so that a code serves once: the caller keeps
 * ret_step with the user, in the transaction that signs in.
 */
#include <billfold/crypto.h>

#include <liboath/oath.h>
#include <sodium.h>

enum { STEP_S = 30, DIGITS = 6, SECRET_BYTES = 20, DRIFT = 1 };

bool
totp_verify(struct str secret_base32, struct str code, int64_t now_s, int64_t last_step,
	    int64_t *ret_step)
{
	int64_t now_step = now_s / STEP_S, found = -1;
	char expected[DIGITS + 1], *secret;
	size_t len;

	if (code.len != DIGITS || now_s < 0 ||
	    oath_base32_decode(secret_base32.p, secret_base32.len, &secret, &len) != OATH_OK)
		return false;
	/* Every step is computed whichever matches, so that time tells nothing. */
	for (int64_t step = now_step - DRIFT; step <= now_step + DRIFT; step++) {
		if (step < 0 ||
		    oath_hotp_generate(secret, len, (uint64_t)step, DIGITS, false,
				       OATH_HOTP_DYNAMIC_TRUNCATION, expected) != OATH_OK)
			continue;
		if (equal_secret(code, (struct str){ expected, DIGITS }) && step > last_step &&
		    found < 0)
			found = step;
	}
	sodium_memzero(secret, len);
	free(secret);
	if (found < 0)
		return false;
	*ret_step = found;
	return true;
}

const char *
totp_secret_new(struct arena *a)
{
	unsigned char bin[SECRET_BYTES];
	char *text;
	const char *kept;
	size_t len;

	randombytes_buf(bin, sizeof(bin));
	if (oath_base32_encode((const char *)bin, sizeof(bin), &text, &len) != OATH_OK)
		abort();
	kept = arena_strndup(a, text, len);
	sodium_memzero(bin, sizeof(bin));
	sodium_memzero(text, len);
	free(text);
	return kept;
}
