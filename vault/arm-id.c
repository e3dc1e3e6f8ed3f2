/* SPDX-License-Identifier: MIT */

/* Functions of their arguments. */

#include "vault/arm-id.h"

#include <strings.h>

#include "base/parse.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

bool arm_guid_is_valid(const char *text)
{
	return strlen(text) == ARM_GUID_SIZE - 1 &&
	       strspn(text, DIGITS "abcdefABCDEF-") == ARM_GUID_SIZE - 1 &&
	       text[8] == '-' && text[13] == '-' && text[18] == '-' &&
	       text[23] == '-';
}

/* Take "/@word", in any case; false if it is something else. */
static bool take_word(const char **at, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *at) < n + 1 || **at != '/' ||
	    strncasecmp(*at + 1, word, n) != 0)
		return false;
	*at += n + 1;
	return true;
}

/* Take "/NAME" of at most @size - 1 bytes of @set. */
static bool take_name(const char **at, const char *end, const char *set,
		      char *ret, size_t size)
{
	size_t n = 0;

	if (*at == end || **at != '/')
		return false;
	(*at)++;
	while (*at + n < end && (*at)[n] != '\0' && strchr(set, (*at)[n]))
		n++;
	if (n == 0 || n >= size)
		return false;
	memcpy(ret, *at, n);
	ret[n] = '\0';
	*at += n;
	return true;
}

int arm_id_parse(ArmId *ret, const char *text, size_t n)
{
	const char *at = text, *end = text + n;
	ArmId id;

	if (!take_word(&at, end, "subscriptions") ||
	    !take_name(&at, end, LETTERS DIGITS "-", id.subscription,
		       sizeof(id.subscription)) ||
	    !arm_guid_is_valid(id.subscription) ||
	    !take_word(&at, end, "resourceGroups") ||
	    !take_name(&at, end, LETTERS DIGITS "-_().", id.group,
		       sizeof(id.group)) ||
	    id.group[strlen(id.group) - 1] == '.' ||
	    !take_word(&at, end, "providers") ||
	    !take_word(&at, end, "Microsoft.KeyVault") ||
	    !take_word(&at, end, "vaults") ||
	    !take_name(&at, end, LETTERS DIGITS "-", id.vault,
		       sizeof(id.vault)) ||
	    (at != end && *at != '/'))
		return ARM_ID_E_INVALID;
	*ret = id;
	return 0;
}

int arm_id_find(ArmId *ret, const char *message)
{
	static const char lead[] = "Resource: '";
	const char *at = strstr(message, lead);

	if (!at)
		return ARM_ID_E_INVALID;
	at += sizeof(lead) - 1;
	return arm_id_parse(ret, at, strcspn(at, "'"));
}

bool arm_id_equal(const ArmId *a, const ArmId *b)
{
	return ascii_equal_fold(a->subscription, b->subscription) &&
	       ascii_equal_fold(a->group, b->group) &&
	       ascii_equal_fold(a->vault, b->vault);
}

int arm_id_append(Buf *ret, const ArmId *id, bool encoded)
{
	int r = buf_printf(ret, "/subscriptions/%s/resourceGroups/",
			   id->subscription);

	if (r == 0)
		r = encoded ? buf_append_percent(ret, id->group,
						 strlen(id->group))
			    : buf_append_string(ret, id->group);
	if (r == 0)
		r = buf_printf(ret, "/providers/Microsoft.KeyVault/vaults/%s",
			       id->vault);
	return r;
}
