/* SPDX-License-Identifier: MIT */

/* The vectors of RFC 4648, every byte, and all that has to be refused. */

#include "base/base64.h"
#include "tests/unit/check.h"

enum { BYTES_MAX = 300 };

static void rfc_vectors_both_ways(void)
{
	static const struct {
		const char *bytes, *standard, *url;
	} rows[] = {
		{"", "", ""},
		{"f", "Zg==", "Zg"},
		{"fo", "Zm8=", "Zm8"},
		{"foo", "Zm9v", "Zm9v"},
		{"foob", "Zm9vYg==", "Zm9vYg"},
		{"fooba", "Zm9vYmE=", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "+//+", "-__-"},
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(rows); i++) {
		AKV_BUF Buf text = BUF_INIT(64);
		AKV_BUF Buf url = BUF_INIT(64);
		AKV_BUF Buf bytes = BUF_INIT(64);

		CHECK_OK(base64_encode(&text, BASE64_STANDARD, rows[i].bytes,
				       strlen(rows[i].bytes)));
		CHECK_STR(text.p, rows[i].standard);
		CHECK_OK(base64_encode(&url, BASE64_URL, rows[i].bytes,
				       strlen(rows[i].bytes)));
		CHECK_STR(url.p, rows[i].url);
		CHECK_OK(
			base64_decode(&bytes, BASE64_STANDARD, text.p, text.n));
		CHECK_STR(bytes.p, rows[i].bytes);
		buf_reset(&bytes);
		CHECK_OK(base64_decode(&bytes, BASE64_URL, url.p, url.n));
		CHECK_STR(bytes.p, rows[i].bytes);
	}
}

static void all_bytes_come_back(void)
{
	unsigned char bytes[BYTES_MAX];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 167 + (i >> 8));
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		enum base64_variant variant =
			n % 2 ? BASE64_URL : BASE64_STANDARD;
		AKV_BUF Buf text = BUF_INIT(2 * BYTES_MAX);
		AKV_BUF Buf back = BUF_INIT(BYTES_MAX);

		CHECK_OK(base64_encode(&text, variant, bytes, n));
		CHECK_OK(base64_decode(&back, variant, text.p, text.n));
		CHECK_EQ(back.n, n);
		CHECK(memcmp(back.p, bytes, n) == 0);
	}
}

static void check_refused(enum base64_variant variant, const char *text,
			  size_t n)
{
	AKV_BUF Buf buf = BUF_INIT(64);

	CHECK_OK(buf_append_string(&buf, "before"));
	if (base64_decode(&buf, variant, text, n) != BASE64_E_INVALID)
		CHECK_FAIL("\"%s\" was taken", text);
	CHECK_STR(buf.p, "before");
	CHECK_EQ(buf.n, 6);
}

static void standard_is_strict(void)
{
	static const char *const bad[] = {
		"Z",        "Zg",     "Zg=",    "Zg===",     "Zg== ",
		" Zg==",    "Zg==\n", "Zm9v\n", "Zm8",       "=",
		"==",       "====",   "Z===",   "Zg=a",      "Zg==Zg==",
		"Zm8=Zm8=", "Zm9-",   "Zm9_",   "Zm9*",      "Zm\xc3\xa4",
		"Zh==",     "Zm9=",   "=Zg=",   "Zm9vZg=\n", "Z=g=",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		check_refused(BASE64_STANDARD, bad[i], strlen(bad[i]));
	check_refused(BASE64_STANDARD, "Zm\0v", 4);
}

static void url_is_strict(void)
{
	static const char *const bad[] = {
		"Z",     "Zg=", "Zg==",  "Zm8=",   "Zm9+", "Zm9/",
		"Zm9v=", "Zg ", "Zm9vZ", "Zm9vZh", "Zm9",  "Zm9\n",
	};

	for (size_t i = 0; i < AKV_ARRAY_LEN(bad); i++)
		check_refused(BASE64_URL, bad[i], strlen(bad[i]));
	check_refused(BASE64_URL, "Zg\0", 3);
}

static void what_is_wrong_late_leaves_nothing(void)
{
	char text[400];

	memset(text, 'A', sizeof(text));
	text[sizeof(text) - 1] = '!';
	check_refused(BASE64_STANDARD, text, sizeof(text));
}

static void maximum_holds_both_ways(void)
{
	AKV_BUF Buf buf = BUF_INIT(10);

	CHECK_OK(buf_append_string(&buf, "before"));
	CHECK_EQ(base64_encode(&buf, BASE64_STANDARD, "foob", 4), -EMSGSIZE);
	CHECK_STR(buf.p, "before");
	CHECK_EQ(base64_decode(&buf, BASE64_STANDARD, "Zm9vYmE=", 8),
		 -EMSGSIZE);
	CHECK_STR(buf.p, "before");
	CHECK_OK(base64_encode(&buf, BASE64_STANDARD, "foo", 3));
	CHECK_STR(buf.p, "beforeZm9v");
}

int main(void)
{
	RUN(rfc_vectors_both_ways);
	RUN(all_bytes_come_back);
	RUN(standard_is_strict);
	RUN(url_is_strict);
	RUN(what_is_wrong_late_leaves_nothing);
	RUN(maximum_holds_both_ways);
	return check_report();
}
