/*
 * throttle.c - see throttle.h.
 */
#include "throttle.h"

#include <billfold/base/log.h>
#include <billfold/crypto.h>

void
throttle_add(struct throttle *t, const struct rate_limit *limit, const char *key)
{
	if (t->n == THROTTLE_MAX)
		return;
	t->key[t->n] = key;
	t->limit[t->n++] = limit;
}

int
throttle_take(const struct throttle *t, struct err *err)
{
	int64_t wait = 0;

	for (int i = 0; i < t->n; i++) {
		struct rate_state state;
		struct str none;

		if (cache_request(t->cache, t->arena, (struct str){ 0 }, t->key[i], t->limit[i],
				  &none, &state, err) < 0)
			return -1;
		if (!state.allowed && state.retry_after_s > wait)
			wait = state.retry_after_s;
	}
	if (!wait)
		return 0;
	log_event(LOG_WARN, "too many tries", "keys", t->key[t->n - 1], NULL);
	err->retry_after = (int)wait;
	return err_set(err, ERR_rate_limited, "There were too many tries.");
}

void
throttle_give_back(const struct throttle *t)
{
	for (int i = 0; i < t->n; i++) {
		struct err err = { 0 };

		limit_refund(t->cache, t->key[i], t->limit[i], &err);
	}
}

const char *
throttle_hash(struct arena *a, struct str x, struct str y)
{
	char hash[SHA256_HEX];
	struct sb sb;

	sb_init(&sb, a, 4096);
	sb_add(&sb, x);
	sb_addc(&sb, '\n');
	for (size_t i = 0; i < y.len; i++)
		sb_addc(&sb, y.p[i] >= 'A' && y.p[i] <= 'Z' ? (char)(y.p[i] + 32) : y.p[i]);
	sha256_hex(sb_str(&sb), hash);
	return arena_printf(a, "%.32s", hash);
}
