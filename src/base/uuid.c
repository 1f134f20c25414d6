/*
 * uuid.c - UUID version 7 (RFC 9562, section 5.7).
 *
 * 48 bits of milliseconds, 12 bits that count within a millisecond, 62 random bits. The
 * counter starts below 2048 so that it can count; when it runs over, or the clock stands or
 * steps back, the time last used goes on (method 1 of section 6.2). Random bits come
 * from the kernel for each id: nothing is kept that two children of a fork could share.
 */
#include <billfold/base/date.h>
#include <billfold/base/uuid.h>

#include <errno.h>
#include <sys/random.h>

static const char hex_digits[] = "0123456789abcdef";

static void
random_bytes(void *p, size_t n)
{
	/* Up to 256 bytes are never cut short once the kernel's pool is ready. */
	while (getrandom(p, n, 0) != (ssize_t)n)
		if (errno != EINTR)
			abort();
}

static void
uuid_text(const unsigned char b[16], char z[UUID_LEN + 1])
{
	char *p = z;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex_digits[b[i] >> 4];
		*p++ = hex_digits[b[i] & 15];
	}
	*p = '\0';
}

struct uuid
uuid_new(void)
{
	static uint64_t last_ms;
	static unsigned last_count;
	uint64_t ms = (uint64_t)instant_now() / 1000;
	unsigned char b[16];
	struct uuid id;

	random_bytes(b + 6, 10);
	if (ms > last_ms) {
		last_ms = ms;
		last_count = ((unsigned)b[6] << 8 | b[7]) & 0x7ff;
	} else if (++last_count > 0xfff) {
		last_ms++;
		last_count = 0;
	}
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(last_ms >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | last_count >> 8);
	b[7] = (unsigned char)last_count;
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	uuid_text(b, id.z);
	return id;
}

const char *
uuid_new_z(struct arena *a)
{
	return arena_strdup(a, uuid_new().z);
}

bool
uuid_parse(struct str s, struct uuid *ret)
{
	struct uuid id;

	if (s.len != UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++) {
		char c = s.p[i];

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (c != '-')
				return false;
		} else if (c >= 'A' && c <= 'F') {
			c = (char)(c - 'A' + 'a');
		} else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
			return false;
		}
		id.z[i] = c;
	}
	id.z[UUID_LEN] = '\0';
	*ret = id;
	return true;
}
