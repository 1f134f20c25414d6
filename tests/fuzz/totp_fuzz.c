/*
 * totp_fuzz.c - a one-time code counts for the step before, the present one and the next, later
 * than the last one used, and once; whatever stands where a secret should.
 */
#include "fuzz.h"

#include <billfold/crypto.h>

#include <liboath/oath.h>

enum { STEP_S = 30, CODE = 6 };

static struct str
base32(struct arena *a, struct str bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint64_t bits = 0;
	unsigned held = 0;
	struct sb sb;

	sb_init(&sb, a, 1 << 16);
	for (size_t i = 0; i < bytes.len; i++) {
		bits = bits << 8 | (unsigned char)bytes.p[i];
		for (held += 8; held >= 5; held -= 5)
			sb_addc(&sb, digits[bits >> (held - 5) & 31]);
	}
	if (held)
		sb_addc(&sb, digits[bits << (5 - held) & 31]);
	while (sb.len % 8)
		sb_addc(&sb, '=');
	return sb_str(&sb);
}

static void
code_of(struct str secret, int64_t step, char ret[CODE + 1])
{
	MUST(oath_hotp_generate(secret.p, secret.len, (uint64_t)step, CODE, false,
				OATH_HOTP_DYNAMIC_TRUNCATION, ret) == OATH_OK);
}

/* What must be found for a code: the first step of the three whose code it is and that is left. */
static int64_t
expected(struct str secret, const char *code, int64_t now, int64_t last)
{
	char one[CODE + 1];

	for (int64_t step = now / STEP_S - 1; step <= now / STEP_S + 1; step++) {
		if (step < 0 || step <= last)
			continue;
		code_of(secret, step, one);
		if (strcmp(one, code) == 0)
			return step;
	}
	return -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct input in = { data, size };
	int64_t now = (int64_t)input_bits(&in, 4), step = now / STEP_S, found = -1;
	int64_t last = step - 3 + (int64_t)(input_bits(&in, 1) % 6);
	int64_t of = step - 3 + (int64_t)(input_bits(&in, 1) % 7);
	struct str text = input_until(&in, '\n'), code = input_until(&in, '\n'),
		   secret = input_rest(&in);
	char right[CODE + 1];

	/* A secret and a code as they come. */
	if (totp_verify(text, code, now, last, &found)) {
		MUST(code.len == CODE);
		MUST(found > last && found >= step - 1 && found <= step + 1);
	}
	/* The code of a step near by. */
	if (secret.len && of >= 0) {
		int64_t wanted;

		code_of(secret, of, right);
		wanted = expected(secret, right, now, last);
		found = -1;
		MUST(totp_verify(base32(a, secret), str_from(right), now, last, &found) ==
		     (wanted >= 0));
		MUST(found == wanted);
	}
	arena_free(a);
	return 0;
}
