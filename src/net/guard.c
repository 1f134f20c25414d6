/*
 * guard.c - the address guard against requests that are turned inward.
 *
 * A URL that a tenant set must never reach this machine or its neighbours. Judged is the socket
 * address that is about to be connected to, not a name. Refused: the special-purpose blocks of RFC
 * 6890 and its registries (IANA IPv4 and IPv6 Special-Purpose Address Registry), multicast, and
 * every IPv6 form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP),
 * which is judged by neither form: no public service needs them.
 */
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>

struct block4 {
	uint32_t net;
	int bits;
};

#define IP4(a, b, c, d) (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (d))

static const struct block4 closed4[] = {
	{ IP4(0, 0, 0, 0), 8 },       /* this network */
	{ IP4(10, 0, 0, 0), 8 },      /* private */
	{ IP4(100, 64, 0, 0), 10 },   /* carrier-grade NAT */
	{ IP4(127, 0, 0, 0), 8 },     /* loopback */
	{ IP4(169, 254, 0, 0), 16 },  /* link-local, where clouds keep their metadata */
	{ IP4(172, 16, 0, 0), 12 },   /* private */
	{ IP4(192, 0, 0, 0), 24 },    /* protocol assignments */
	{ IP4(192, 0, 2, 0), 24 },    /* documentation */
	{ IP4(192, 31, 196, 0), 24 }, /* AS112 */
	{ IP4(192, 52, 193, 0), 24 }, /* AMT */
	{ IP4(192, 88, 99, 0), 24 },  /* 6to4 relays */
	{ IP4(192, 168, 0, 0), 16 },  /* private */
	{ IP4(192, 175, 48, 0), 24 }, /* AS112 */
	{ IP4(198, 18, 0, 0), 15 },   /* benchmarking */
	{ IP4(198, 51, 100, 0), 24 }, /* documentation */
	{ IP4(203, 0, 113, 0), 24 },  /* documentation */
	{ IP4(224, 0, 0, 0), 4 },     /* multicast */
	{ IP4(240, 0, 0, 0), 4 },     /* reserved, broadcast */
};

struct block6 {
	uint8_t net[4];
	int bits; /* up to 32 */
};

/* Within 2000::/3, the only block that is global unicast at all. */
static const struct block6 closed6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* protocol assignments, Teredo, ORCHID among them */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02, 0x00, 0x00 }, 16 }, /* 6to4 */
	{ { 0x3f, 0xff, 0x00, 0x00 }, 20 }, /* documentation */
};

static bool
public4(uint32_t ip)
{
	for (size_t i = 0; i < sizeof(closed4) / sizeof(closed4[0]); i++)
		if ((ip ^ closed4[i].net) >> (32 - closed4[i].bits) == 0)
			return false;
	return true;
}

static bool
in_block6(const uint8_t *ip, const struct block6 *b)
{
	for (int bit = 0; bit < b->bits; bit++)
		if (((ip[bit / 8] ^ b->net[bit / 8]) >> (7 - bit % 8)) & 1)
			return false;
	return true;
}

static bool
public6(const uint8_t *ip)
{
	/* ISATAP: an interface identifier that holds an IPv4 address */
	static const uint8_t isatap[4] = { 0x00, 0x00, 0x5e, 0xfe };

	if ((ip[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < sizeof(closed6) / sizeof(closed6[0]); i++)
		if (in_block6(ip, &closed6[i]))
			return false;
	for (int i = 0; i < 4; i++)
		if ((i == 0 ? ip[8] & ~3 : ip[8 + i]) != isatap[i])
			return true;
	return false;
}

bool
guard_is_public(const struct sockaddr *sa)
{
	const struct sockaddr_in *v4;
	const struct sockaddr_in6 *v6;

	switch (sa->sa_family) {
	case AF_INET:
		v4 = (const struct sockaddr_in *)(const void *)sa;
		return public4(ntohl(v4->sin_addr.s_addr));
	case AF_INET6:
		v6 = (const struct sockaddr_in6 *)(const void *)sa;
		return public6(v6->sin6_addr.s6_addr);
	default:
		return false;
	}
}
