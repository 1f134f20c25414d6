/*
 * fuzz.h - what the targets share: an input taken apart, and claims that must hold.
 *
 * A target is more than "does not crash": whatever bytes come in, what the code promises of its
 * result is claimed by MUST(), which aborts with the claim's text, so that the fuzzer keeps the
 * input.
 */
#ifndef BILLFOLD_TESTS_FUZZ_H
#define BILLFOLD_TESTS_FUZZ_H

#include "config.h"

#include <billfold/base.h>

#include <stdio.h>
#include <stdlib.h>

#define MUST(claim)                                                                                \
	do {                                                                                       \
		if (!(claim)) {                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* libFuzzer's entry. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input's bytes, taken from its front; what is not there reads as zero or empty. */
struct input {
	const uint8_t *p;
	size_t left;
};

static inline uint64_t
input_bits(struct input *in, size_t bytes)
{
	uint64_t v = 0;

	for (; bytes; bytes--) {
		v <<= 8;
		if (in->left) {
			v |= *in->p++;
			in->left--;
		}
	}
	return v;
}

/* Up to the next separator, which is taken too. */
static inline struct str
input_until(struct input *in, char separator)
{
	struct str rest,
	    s = str_cut((struct str){ (const char *)in->p, in->left }, separator, &rest);

	in->p += in->left - rest.len;
	in->left = rest.len;
	return s;
}

static inline struct str
input_rest(struct input *in)
{
	struct str s = { (const char *)in->p, in->left };

	in->left = 0;
	return s;
}

#endif
