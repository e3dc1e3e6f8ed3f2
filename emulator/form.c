/* SPDX-License-Identifier: MIT */

/* Decodes in place, in one copy of the body. */

#include "emulator/form.h"

#include "emulator/exchange.h"

static int fields_split(Form *form)
{
	char *rest = form->text;

	while (rest && *rest) {
		char *pair = strsep(&rest, "&");
		char *value = strchr(pair, '=');

		if (*pair == '\0')
			continue;
		if (!value || form->n == FORM_FIELDS_MAX)
			return FORM_E_INVALID;
		*value++ = '\0';
		if (percent_decode(pair, true) != 0 ||
		    percent_decode(value, true) != 0)
			return FORM_E_INVALID;
		form->fields[form->n].name = pair;
		form->fields[form->n].value = value;
		form->n++;
	}
	return 0;
}

int form_parse(Form *ret, const char *text, size_t n)
{
	Form form = {.size = n};
	int r;

	form.text = malloc(n + 1);
	if (!form.text)
		return -ENOMEM;
	memcpy(form.text, text, n);
	form.text[n] = '\0';
	r = fields_split(&form);
	if (r != 0) {
		form_done(&form);
		return r;
	}
	*ret = form;
	return 0;
}

void form_done(Form *form)
{
	if (form->text)
		explicit_bzero(form->text, form->size);
	free(form->text);
	*form = (Form){0};
}

const char *form_get(const Form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++) {
		if (strcmp(form->fields[i].name, name) == 0 &&
		    *form->fields[i].value)
			return form->fields[i].value;
	}
	return NULL;
}
