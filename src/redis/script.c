/*
 * script.c - the Lua scripts of this room: each one round trip, each atomic.
 *
 * Keys: `s:HASH` a session (hash: v value, i idle ms, x end in ms since 1970), `l:KEY` a limit's
 * theoretical arrival time (GCRA) in microseconds. Time is the server's (TIME), so that hosts with
 * skewed clocks agree. SCRIPT LOAD gives a script its SHA-1; a server that restarted forgets it
 * (NOSCRIPT) and is told again.
 */
#include "cache.h"

/*
 * KEYS session, limit (either may be empty); ARGV quota, window in microseconds, requests to take
 * at once, requests taken before that come back unused. More than one is taken only of plenty: at
 * most a 64th of what is left.
 */
static const char script_request[] =
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000000 + t[2]\n"
    "local out = { false, 1, 0, 0, 0, 1 }\n"
    "if KEYS[1] ~= '' then\n"
    "  local s = redis.call('HMGET', KEYS[1], 'v', 'i', 'x')\n"
    "  if s[1] then\n"
    "    local left = tonumber(s[3]) - math.floor(now / 1000)\n"
    "    if left > 0 then\n"
    "      out[1] = s[1]\n"
    "      redis.call('PEXPIRE', KEYS[1], math.min(tonumber(s[2]), left))\n"
    "    end\n"
    "  end\n"
    "end\n"
    "if KEYS[2] ~= '' then\n"
    "  local quota, window = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
    "  local step = math.max(1, math.floor(window / quota))\n"
    "  local tat = tonumber(redis.call('GET', KEYS[2]) or now)\n"
    "  tat = math.min(math.max(tat - tonumber(ARGV[4]) * step, now), now + window)\n"
    "  if tat + step - now > window then\n"
    "    out[2] = 0\n"
    "    out[5] = tat + step - now - window\n"
    "  else\n"
    "    local left = math.floor((window - (tat - now)) / step)\n"
    "    out[6] = math.max(1, math.min(tonumber(ARGV[3]), math.floor(left / 64)))\n"
    "    tat = tat + out[6] * step\n"
    "    redis.call('SET', KEYS[2], string.format('%.0f', tat), 'PX',\n"
    "      math.ceil((tat - now) / 1000))\n"
    "  end\n"
    "  out[3] = math.min(quota, math.floor((window - (tat - now)) / step))\n"
    "  out[4] = tat - now\n"
    "end\n"
    "return out\n";

/* KEYS limit; ARGV quota, window in microseconds */
static const char script_refund[] =
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000000 + t[2]\n"
    "local tat = tonumber(redis.call('GET', KEYS[1]) or now)\n"
    "tat = tat - math.max(1, math.floor(tonumber(ARGV[2]) / tonumber(ARGV[1])))\n"
    "if tat <= now then return redis.call('DEL', KEYS[1]) end\n"
    "redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000))\n"
    "return 1\n";

/* KEYS session; ARGV value, idle ms, absolute ms */
static const char script_put[] =
    "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "local idle, life = tonumber(ARGV[2]), tonumber(ARGV[3])\n"
    "redis.call('DEL', KEYS[1])\n"
    "redis.call('HSET', KEYS[1], 'v', ARGV[1], 'i', ARGV[2], 'x', string.format('%.0f', now + "
    "life))\n"
    "redis.call('PEXPIRE', KEYS[1], math.min(idle, life))\n"
    "return 1\n";

/* KEYS session */
static const char script_drop[] = "return redis.call('DEL', KEYS[1])\n";

/* KEYS stream; ARGV group, id */
static const char script_ack[] = "redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])\n"
				 "return redis.call('XDEL', KEYS[1], ARGV[2])\n";

const char *const cache_scripts[SCRIPT_MAX] = {
	[SCRIPT_REQUEST] = script_request, [SCRIPT_REFUND] = script_refund,
	[SCRIPT_PUT] = script_put,         [SCRIPT_DROP] = script_drop,
	[SCRIPT_ACK] = script_ack,
};
