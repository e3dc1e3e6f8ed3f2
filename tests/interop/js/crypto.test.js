// SPDX-License-Identifier: MIT
//
// Keys at work, each result checked by Node's own crypto with the public half.

import assert from "node:assert/strict";
import {
  constants,
  createHash,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  generateKeyPairSync,
  randomBytes,
  verify,
} from "node:crypto";
import { test } from "node:test";

import { connectCrypto, connectKeys, freshName, refusal } from "./common.js";

const keys = connectKeys();
const MESSAGE = Buffer.from("what is to be signed");
const HASHES = { 256: "sha256", 384: "sha384", 512: "sha512", "256K": "sha256" };

function publicKey({ key }) {
  const text = (bytes) => bytes && Buffer.from(bytes).toString("base64url");
  const jwk = key.n
    ? { kty: "RSA", n: text(key.n), e: text(key.e) }
    : { kty: "EC", crv: key.crv === "P-256K" ? "secp256k1" : key.crv, x: text(key.x), y: text(key.y) };
  return createPublicKey({ key: jwk, format: "jwk" });
}

function digestOf(message, algorithm) {
  return createHash(HASHES[algorithm.slice(2)]).update(message).digest();
}

for (const algorithm of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]) {
  test(`${algorithm} signs and verifies`, async () => {
    const key = await keys.createRsaKey(freshName("rsa"));
    const client = connectCrypto(key.id);
    const digest = digestOf(MESSAGE, algorithm);
    const { result } = await client.sign(algorithm, digest);
    const options = algorithm.startsWith("RS")
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const how = { key: publicKey(key), ...options };
    assert.ok(verify(HASHES[algorithm.slice(2)], MESSAGE, how, result));
    assert.equal((await client.verify(algorithm, digest, result)).result, true);
    const other = digestOf(Buffer.from("other"), algorithm);
    assert.equal((await client.verify(algorithm, other, result)).result, false);
  });
}

for (const [curve, algorithm] of [
  ["P-256", "ES256"],
  ["P-384", "ES384"],
  ["P-521", "ES512"],
  ["P-256K", "ES256K"],
]) {
  test(`${algorithm} signs and verifies`, async () => {
    const key = await keys.createEcKey(freshName("ec"), { curve });
    const client = connectCrypto(key.id);
    const digest = digestOf(MESSAGE, algorithm);
    const { result } = await client.sign(algorithm, digest);
    const how = { key: publicKey(key), dsaEncoding: "ieee-p1363" };
    assert.ok(verify(HASHES[algorithm.slice(2)], MESSAGE, how, result));
    assert.equal((await client.verify(algorithm, digest, result)).result, true);
  });
}

const PADDINGS = {
  "RSA-OAEP": { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" },
  "RSA-OAEP-256": { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
};

for (const [algorithm, how] of Object.entries(PADDINGS)) {
  test(`${algorithm} encrypts and wraps`, async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = pair.privateKey.export({ format: "jwk" });
    for (const member of ["n", "e", "d", "p", "q", "dp", "dq", "qi"]) {
      jwk[member] = Buffer.from(jwk[member], "base64url");
    }
    const key = await keys.importKey(freshName("cipher"), jwk);
    const client = connectCrypto(key.id);
    const text = randomBytes(40);
    const here = publicEncrypt({ key: publicKey(key), ...how }, text);
    const opened = await client.decrypt({ algorithm, ciphertext: here });
    assert.deepEqual(Buffer.from(opened.result), text);
    const sealed = await client.encrypt({ algorithm, plaintext: text });
    const decrypted = privateDecrypt({ key: pair.privateKey, ...how }, sealed.result);
    assert.deepEqual(decrypted, text);
    const wrapped = await client.wrapKey(algorithm, text);
    assert.deepEqual(privateDecrypt({ key: pair.privateKey, ...how }, wrapped.result), text);
    const unwrapped = await client.unwrapKey(algorithm, here);
    assert.deepEqual(Buffer.from(unwrapped.result), text);
  });
}

test("refused", async () => {
  const digest = digestOf(MESSAGE, "ES256");
  for (const [options, inner] of [
    [{ enabled: false }, "KeyDisabled"],
    [{ keyOps: ["verify"] }, "KeyOperationForbidden"],
    [{ expiresOn: new Date(Date.now() - 86_400_000) }, "KeyExpired"],
    [{ notBefore: new Date(Date.now() + 86_400_000) }, "KeyNotYetValid"],
  ]) {
    const key = await keys.createEcKey(freshName("refused"), options);
    await refusal(connectCrypto(key.id).sign("ES256", digest), 403, "Forbidden", inner);
  }
});
