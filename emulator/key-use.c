/* SPDX-License-Identifier: MIT */

/*
 * Runs with the emulator's lock held, inside a handler. Outside of its time a
 * key still decrypts, unwraps and verifies, so that nothing is lost with it.
 */

#include "emulator/key-use.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "emulator/errors.h"
#include "emulator/key-aes.h"
#include "emulator/key-crypto.h"
#include "emulator/keys.h"
#include "emulator/objects.h"

typedef struct KeyUse {
	enum key_operation operation;
	const KeyAlgorithm *algorithm;
	Object *object;              /* borrowed */
	Version *version;            /* borrowed */
	const KeyMaterial *material; /* borrowed */
	cJSON *body;                 /* owned */
	Buf value;                   /* of the body, decoded */
	Buf result;
	KeyAesSides sides;
} KeyUse;

#define KEY_USE_INIT(op)                                              \
	(KeyUse)                                                      \
	{                                                             \
		.operation = (op), .value = BUF_INIT(KEY_CRYPTO_MAX), \
		.result = BUF_INIT(2 * KEY_CRYPTO_MAX),               \
		.sides = KEY_AES_SIDES_INIT                           \
	}

/* 0, a negative errno, or KEY_USE_E_REFUSED with the reply made. */
enum { KEY_USE_E_REFUSED = 1 };

static void use_done(KeyUse *use)
{
	cJSON_Delete(use->body);
	buf_done(&use->value);
	buf_done(&use->result);
	key_aes_sides_done(&use->sides);
}

static int forbid(Exchange *exchange, const KeyUse *use, const char *inner,
		  const char *rest)
{
	(void)error_reply(exchange, 403, "Forbidden", inner,
			  "Operation %s is not %s.",
			  key_operation_word(use->operation), rest);
	return KEY_USE_E_REFUSED;
}

static int usable_check(Exchange *exchange, const KeyUse *use)
{
	const unsigned at_any_time = KEY_DECRYPT | KEY_UNWRAP | KEY_VERIFY;
	int64_t now_s = exchange->now_us / (int64_t)CLOCK_US_PER_S;
	const Version *version = use->version;

	if (!version->enabled)
		return forbid(exchange, use, "KeyDisabled",
			      "allowed on a disabled key");
	if (!(use->operation & at_any_time)) {
		if (version->nbf_s != TIME_UNSET && now_s < version->nbf_s)
			return forbid(exchange, use, "KeyNotYetValid",
				      "allowed on a key that is not yet "
				      "valid");
		if (version->exp_s != TIME_UNSET && now_s >= version->exp_s)
			return forbid(exchange, use, "KeyExpired",
				      "allowed on an expired key");
	}
	if (!(use->material->operations & use->operation))
		return forbid(exchange, use, "KeyOperationForbidden",
			      "permitted on this key");
	return 0;
}

static int incompatible(Exchange *exchange, const KeyUse *use)
{
	const unsigned signature = KEY_SIGN | KEY_VERIFY;

	(void)error_bad_parameter(
		exchange,
		"Key and %s algorithm are incompatible. Key "
		"%s/keys/%s/%s is of type '%s', and cannot be used with the "
		"algorithm '%s'.",
		use->operation & signature ? "signing" : "encryption",
		exchange->base, use->object->name, use->version->id,
		key_material_kty(use->material), use->algorithm->name);
	return KEY_USE_E_REFUSED;
}

static int algorithm_get(Exchange *exchange, KeyUse *use)
{
	const char *name;

	if (json_get_string(&name, use->body, "alg") == 0)
		use->algorithm = key_algorithm_find(name);
	if (!use->algorithm || !(use->algorithm->operations & use->operation)) {
		(void)error_bad_parameter(exchange,
					  "Property  has invalid value\r\n");
		return KEY_USE_E_REFUSED;
	}
	if (!key_crypto_fits(use->material, use->algorithm))
		return incompatible(exchange, use);
	return 0;
}

/* The member @name in base64url; one that is not required may be absent. */
static int bytes_get(Exchange *exchange, Buf *ret, const KeyUse *use,
		     const char *name, bool required)
{
	const char *text;
	int r = json_get_string(&text, use->body, name);

	if (r == JSON_E_ABSENT && !required)
		return 0;
	if (r == 0)
		r = base64_decode(ret, BASE64_URL, text, strlen(text));
	if (r == 0 || r == -ENOMEM)
		return r;
	(void)error_bad_parameter(exchange,
				  "The property \"%s\" is not base64url of at "
				  "most %d bytes.",
				  name, KEY_CRYPTO_MAX);
	return KEY_USE_E_REFUSED;
}

static int sides_get(Exchange *exchange, KeyUse *use)
{
	int r;

	if (use->material->shape.type != KEY_TYPE_OCT)
		return 0;
	r = bytes_get(exchange, &use->sides.iv, use, "iv", false);
	if (r == 0)
		r = bytes_get(exchange, &use->sides.aad, use, "aad", false);
	if (r == 0)
		r = bytes_get(exchange, &use->sides.tag, use, "tag", false);
	return r;
}

/* What the request is about: body, key, permission of the key, algorithm. */
static int use_begin(Exchange *exchange, KeyUse *use)
{
	int r;

	if (!objects_body(exchange, &use->body) ||
	    !objects_find(exchange, &use->object, &use->version))
		return KEY_USE_E_REFUSED;
	use->material = key_version_material(use->version);
	r = usable_check(exchange, use);
	if (r == 0)
		r = algorithm_get(exchange, use);
	if (r == 0)
		r = bytes_get(exchange, &use->value, use, "value", true);
	if (r == 0)
		r = sides_get(exchange, use);
	return r;
}

static int size_refuse(Exchange *exchange, const KeyUse *use, const char *name,
		       const Buf *bytes)
{
	const KeyAlgorithm *algorithm = use->algorithm;

	if (algorithm->digest_size > 0)
		return error_bad_parameter(
			exchange,
			"Invalid length of '%s': %zu bytes. %s requires %zu "
			"bytes, encoded with base64url.",
			name, bytes->n, algorithm->name,
			algorithm->digest_size);
	return error_bad_parameter(exchange,
				   "Invalid length of '%s': %zu bytes, or of "
				   "what goes with it.",
				   name, bytes->n);
}

static void bytes_write(Writer *writer, const char *name, const Buf *bytes)
{
	AKV_BUF Buf text = BUF_INIT(BUF_MAX_FILE);
	int r = base64_encode(&text, BASE64_URL, bytes->p, bytes->n);

	if (r < 0 && writer->fault == 0)
		writer->fault = r;
	writer_string(writer, name, text.p);
}

static bool is_encryption(const KeyUse *use)
{
	return use->operation == KEY_ENCRYPT || use->operation == KEY_WRAP;
}

static int result_reply(Exchange *exchange, const KeyUse *use)
{
	Writer *writer = &exchange->writer;
	const KeyAesSides *sides = &use->sides;

	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	if (exchange->where.kind == HOST_HSM)
		writer_string(writer, "alg", use->algorithm->name);
	keys_write_id(writer, "kid", exchange, use->object, use->version);
	bytes_write(writer, "value", &use->result);
	if (is_encryption(use)) {
		if (sides->iv.n > 0)
			bytes_write(writer, "iv", &sides->iv);
		if (sides->tag.n > 0)
			bytes_write(writer, "tag", &sides->tag);
		if (sides->aad.n > 0)
			bytes_write(writer, "aad", &sides->aad);
	}
	writer_end(writer, '}');
	return 0;
}

static int operate(KeyUse *use)
{
	const KeyMaterial *material = use->material;
	bool symmetric = material->shape.type == KEY_TYPE_OCT;

	if (use->operation == KEY_SIGN)
		return key_crypto_sign(&use->result, material, use->algorithm,
				       &use->value);
	if (is_encryption(use))
		return symmetric ? key_aes_encrypt(&use->result, &use->sides,
						   material, use->algorithm,
						   &use->value)
				 : key_crypto_encrypt(&use->result, material,
						      use->algorithm,
						      &use->value);
	return symmetric ? key_aes_decrypt(&use->result, &use->sides, material,
					   use->algorithm, &use->value)
			 : key_crypto_decrypt(&use->result, material,
					      use->algorithm, &use->value);
}

static int key_use(Exchange *exchange, enum key_operation operation)
{
	AKV_CLEANUP(use_done) KeyUse use = KEY_USE_INIT(operation);
	int r = use_begin(exchange, &use);

	if (r != 0)
		return AKV_MIN(r, 0);
	r = operate(&use);
	if (r < 0)
		return r;
	if (r == KEY_CRYPTO_E_SIZE)
		return size_refuse(exchange, &use, "value", &use.value);
	if (r == KEY_CRYPTO_E_REFUSED)
		return error_bad_parameter(exchange,
					   "The parameter is incorrect.\r\n");
	return result_reply(exchange, &use);
}

int key_encrypt(Exchange *exchange)
{
	return key_use(exchange, KEY_ENCRYPT);
}

int key_decrypt(Exchange *exchange)
{
	return key_use(exchange, KEY_DECRYPT);
}

int key_wrap(Exchange *exchange)
{
	return key_use(exchange, KEY_WRAP);
}

int key_unwrap(Exchange *exchange)
{
	return key_use(exchange, KEY_UNWRAP);
}

int key_sign(Exchange *exchange)
{
	return key_use(exchange, KEY_SIGN);
}

int key_verify(Exchange *exchange)
{
	AKV_CLEANUP(use_done) KeyUse use = KEY_USE_INIT(KEY_VERIFY);
	AKV_BUF Buf digest = BUF_INIT(KEY_CRYPTO_MAX);
	bool good = false;
	int r = use_begin(exchange, &use);

	if (r == 0)
		r = bytes_get(exchange, &digest, &use, "digest", true);
	if (r != 0)
		return AKV_MIN(r, 0);
	r = key_crypto_verify(&good, use.material, use.algorithm, &digest,
			      &use.value);
	if (r < 0)
		return r;
	if (r > 0)
		return size_refuse(exchange, &use, "digest", &digest);
	exchange_reply(exchange, 200);
	writer_begin(&exchange->writer, NULL, '{');
	writer_bool(&exchange->writer, "value", good);
	writer_end(&exchange->writer, '}');
	return 0;
}

/* No attestation service is within reach, so none vouches for the caller. */
int key_release(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (!objects_find(exchange, &object, &version))
		return 0;
	if (!key_version_material(version)->exportable)
		return error_reply(exchange, 403, "Forbidden",
				   "KeyOperationForbidden",
				   "Operation release is not permitted on this "
				   "key.");
	return error_bad_parameter(exchange,
				   "AKV.SKR.1012: The specified attestation "
				   "service  cannot be reached.");
}

/* Only the makers of an HSM can say that a key is in one. */
int key_attestation(Exchange *exchange)
{
	Object *object;
	Version *version;

	if (!objects_find(exchange, &object, &version))
		return 0;
	return error_reply(exchange, 400, "NotSupported", NULL,
			   "Operation \"attestation\" is not enabled for this "
			   "vault.");
}
