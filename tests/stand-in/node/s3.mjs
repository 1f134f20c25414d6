// The vendor's own library as a client of the stand-in for S3: node s3.mjs URL
// What its authors take for granted of S3 must hold of the stand-in. Prints a line a check, ends with 1 on the first that fails.
import assert from "node:assert/strict";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const url = process.argv[2];
const client = (more) => new S3Client({
  endpoint: url, region: "eu-test-1", forcePathStyle: true, maxAttempts: 1,
  credentials: { accessKeyId: "AKIASTANDIN", secretAccessKey: "standin/secret+key" }, ...more,
});
const s3 = client();
const named = (Key, more) => ({ Bucket: "documents", Key, ...more });
const control = (path, body) => fetch(url + "/_standin" + path, { method: "POST", body: JSON.stringify(body ?? {}) })
  .then((answer) => answer.json());
const fails = (sent, name, status) => assert.rejects(sent, (error) => {
  assert.equal(error.name, name);
  return error.$metadata.httpStatusCode === status;
});
const bytes = Buffer.from("%PDF-1.5 \0 with a zero");
const checks = {
  async "an object is put, seen, read and removed"() {
    await s3.send(new PutObjectCommand(named("a/b c+d/ü.pdf", { Body: bytes, ContentType: "application/pdf" })));
    const seen = await s3.send(new HeadObjectCommand(named("a/b c+d/ü.pdf")));
    assert.deepEqual([seen.ContentLength, seen.ContentType], [bytes.length, "application/pdf"]);
    const read = await s3.send(new GetObjectCommand(named("a/b c+d/ü.pdf")));
    assert.deepEqual(Buffer.from(await read.Body.transformToByteArray()), bytes);
    await s3.send(new DeleteObjectCommand(named("a/b c+d/ü.pdf")));
    await fails(s3.send(new GetObjectCommand(named("a/b c+d/ü.pdf"))), "NoSuchKey", 404);
    await fails(s3.send(new HeadObjectCommand(named("a/b c+d/ü.pdf"))), "NotFound", 404);
  },
  async "hashes of the body are kept and held against it"() {
    await s3.send(new PutObjectCommand(named("sums", { Body: bytes, ChecksumAlgorithm: "SHA256" })));
    const read = await s3.send(new GetObjectCommand(named("sums", { ChecksumMode: "ENABLED" })));
    assert.equal((await read.Body.transformToByteArray()).length, bytes.length);
    await fails(s3.send(new PutObjectCommand(named("sums", { Body: bytes, ChecksumSHA256: "A".repeat(43) + "=" }))), "BadDigest", 400);
    await fails(s3.send(new PutObjectCommand(named("sums", { Body: bytes, ContentMD5: "1B2M2Y8AsgTpgAmY7PhCfg==" }))), "BadDigest", 400);
  },
  async "what is there is not put again where that is asked for"() {
    await s3.send(new PutObjectCommand(named("once", { Body: bytes, IfNoneMatch: "*" })));
    await fails(s3.send(new PutObjectCommand(named("once", { Body: "other", IfNoneMatch: "*" }))), "PreconditionFailed", 412);
  },
  async "who is not the owner of the key is refused, and why"() {
    const get = new GetObjectCommand(named("once"));
    const key = (accessKeyId, secretAccessKey) => ({ credentials: { accessKeyId, secretAccessKey } });
    await fails(client(key("AKIASTANDIN", "other")).send(get), "SignatureDoesNotMatch", 403);
    await fails(client(key("AKIAOTHER", "standin/secret+key")).send(get), "InvalidAccessKeyId", 403);
    await fails(client({ region: "us-east-1" }).send(get), "AuthorizationHeaderMalformed", 400);
    await control("/skew", { seconds: 901 });
    await fails(s3.send(get), "RequestTimeTooSkewed", 403);
    await control("/skew", { seconds: 0 });
    await fails(s3.send(new GetObjectCommand({ Bucket: "others", Key: "once" })), "NoSuchBucket", 404);
  },
  async "faults look as they should, and its own tries get past them"() {
    const get = new GetObjectCommand(named("once"));
    await control("/script", { rules: [{ do: "slow_down" }, { do: "internal" }, { do: "forbidden" }, { do: "missing" }] });
    await fails(s3.send(get), "SlowDown", 503);
    await fails(s3.send(get), "InternalError", 500);
    await fails(s3.send(get), "AccessDenied", 403);
    await fails(s3.send(get), "NoSuchKey", 404);
    await control("/script", { rules: [{ do: "slow_down" }, { do: "cut_before" }] });
    assert.equal((await client({ maxAttempts: 3 }).send(get)).ContentLength, bytes.length);
    await control("/script", { rules: [{ do: "cut_after", method: "PUT" }] });
    await assert.rejects(s3.send(new PutObjectCommand(named("lost", { Body: bytes }))));
    assert.equal((await s3.send(new HeadObjectCommand(named("lost")))).ContentLength, bytes.length);
    await control("/script", { rules: [{ do: "wrong_bytes" }] });
    await assert.rejects(s3.send(new GetObjectCommand(named("sums", { ChecksumMode: "ENABLED" })))
      .then((read) => read.Body.transformToByteArray()), /[Cc]hecksum/);
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log("ok " + name);
}
process.exit(0); // answers that nobody read keep its connections, and the program with them
