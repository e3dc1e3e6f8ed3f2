/* SPDX-License-Identifier: MIT */

/* Runs with the emulator's lock held, inside a handler. */

#include "emulator/contacts.h"

#include "base/json.h"
#include "emulator/errors.h"
#include "emulator/objects.h"

static int contacts_reply(Exchange *exchange)
{
	Writer *writer = &exchange->writer;

	if (!exchange->vault->contacts)
		return error_reply(exchange, 404, "ContactsNotFound", NULL,
				   "Contacts not found");
	exchange_reply(exchange, 200);
	writer_begin(writer, NULL, '{');
	writer_format(writer, "id", "%s/certificates/contacts", exchange->base);
	writer_json(writer, "contacts", exchange->vault->contacts);
	writer_end(writer, '}');
	return 0;
}

int contacts_get(Exchange *exchange)
{
	return contacts_reply(exchange);
}

int contacts_delete(Exchange *exchange)
{
	int r = contacts_reply(exchange);

	cJSON_Delete(exchange->vault->contacts);
	exchange->vault->contacts = NULL;
	return r;
}

/* An address it must have, a name and a number it may. */
static bool contact_is_valid(const cJSON *contact)
{
	const char *text;
	int name, phone;

	if (json_get_string(&text, contact, "email") != 0 || *text == '\0')
		return false;
	name = json_get_string(&text, contact, "name");
	phone = json_get_string(&text, contact, "phone");
	return (name == 0 || name == JSON_E_ABSENT) &&
	       (phone == 0 || phone == JSON_E_ABSENT);
}

static int contact_copy(cJSON *list, const cJSON *contact)
{
	static const char *const names[] = {"email", "name", "phone"};
	cJSON *copy = cJSON_CreateObject();

	if (!copy || !cJSON_AddItemToArray(list, copy)) {
		cJSON_Delete(copy);
		return -ENOMEM;
	}
	for (size_t i = 0; i < AKV_ARRAY_LEN(names); i++) {
		const char *text;

		if (json_get_string(&text, contact, names[i]) == 0 &&
		    !cJSON_AddStringToObject(copy, names[i], text))
			return -ENOMEM;
	}
	return 0;
}

int contacts_put(Exchange *exchange)
{
	AKV_JSON cJSON *body = NULL;
	AKV_JSON cJSON *list = NULL;
	const cJSON *given, *contact;
	bool valid;

	if (!objects_body(exchange, &body))
		return 0;
	valid = json_get_array(&given, body, "contacts") == 0 && given->child &&
		cJSON_GetArraySize(given) <= CONTACTS_MAX;
	list = cJSON_CreateArray();
	if (!list)
		return -ENOMEM;
	if (valid) {
		cJSON_ArrayForEach (contact, given) {
			valid = valid && contact_is_valid(contact);
			if (valid && contact_copy(list, contact) < 0)
				return -ENOMEM;
		}
	}
	if (!valid)
		return error_bad_parameter(
			exchange, "The property \"contacts\" must be an array "
				  "of contacts, each with an email.");
	cJSON_Delete(exchange->vault->contacts);
	exchange->vault->contacts = AKV_TAKE(list);
	return contacts_reply(exchange);
}
