-- requests.lua - what wrk sends, told by the environment, and what it found, as one line of JSON.
--
--   LOAD_METHOD, LOAD_PATH   {} in path or body is replaced by a value
--   LOAD_BODY                a file; empty: no body
--   LOAD_VALUES              a file, one value a line, all of one length where the body takes them
--   LOAD_ORDER               random (any value, again and again) or each (every line once, in order)
--   LOAD_FROM                with each: the first line
--   LOAD_AMONG               with random: among so many of the first lines; 0: all
--   LOAD_KEYED               1: every request has an Idempotency-Key of its own
--   LOAD_TOKEN, LOAD_THREADS
--
-- The text of a request is joined from ready pieces: formatting it by wrk.format would cost the client more than
-- nginx takes for it. Answers from 400 up are counted by wrk itself.

local threads = {}

function setup(thread)
	thread:set("number", #threads)
	table.insert(threads, thread)
end

local values, each, keyed, key
local line_start, line_end, head_end, body_start, body_end

local function read(path)
	local file = assert(io.open(path, "rb"))
	local text = file:read("*a")
	file:close()
	return text
end

-- What stands before and after the place of the value; nil after where it has none.
local function cut(text)
	local from, to = text:find("{}", 1, true)
	if not from then
		return text, nil
	end
	return text:sub(1, from - 1), text:sub(to + 1)
end

function init(args)
	local body = os.getenv("LOAD_BODY") ~= "" and read(os.getenv("LOAD_BODY")) or ""
	values = {}
	for line in read(os.getenv("LOAD_VALUES")):gmatch("[^\n]+") do
		values[#values + 1] = line
	end
	each = os.getenv("LOAD_ORDER") == "each"
	keyed = os.getenv("LOAD_KEYED") == "1"
	line_start, line_end = cut(os.getenv("LOAD_METHOD") .. " " .. os.getenv("LOAD_PATH"))
	body_start, body_end = cut(body)
	head_end = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. os.getenv("LOAD_TOKEN") .. "\r\n"
	if body ~= "" then
		local length = #body_start + (body_end and #values[1] + #body_end or 0)
		head_end = head_end .. "Content-Type: application/json\r\nContent-Length: " .. length .. "\r\n"
	end
	math.randomseed(os.time() * 8 + number)
	key = string.format("Idempotency-Key: %x-%d-", math.random(0, 0x3fffffff), number)
	-- Threads take lines in turn, so that together they leave none out.
	step = tonumber(os.getenv("LOAD_THREADS"))
	place = tonumber(os.getenv("LOAD_FROM")) + number
	among = tonumber(os.getenv("LOAD_AMONG"))
	among = among > 0 and math.min(among, #values) or #values
	sent = 0
end

function request()
	local value = ""
	if each then
		value = values[place + 1] or error("there are not enough values")
		place = place + step
	elseif #values > 0 then
		value = values[math.random(among)]
	end
	sent = sent + 1
	return line_start .. (line_end and value .. line_end or "") .. head_end .. (keyed and key .. sent .. "\r\n\r\n" or "\r\n") ..
		body_start .. (body_end and value .. body_end or "")
end

function done(summary, latency, requests)
	local errors, most = summary.errors, 0
	for _, thread in ipairs(threads) do
		most = math.max(most, thread:get("sent"))
	end
	io.write(string.format(
		'{"requests": %d, "seconds": %.6f, "status": %d, "broken": %d, "p50_us": %d, "p99_us": %d, "used": %d}\n',
		summary.requests, summary.duration / 1e6, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout,
		latency:percentile(50), latency:percentile(99), most * #threads))
end
