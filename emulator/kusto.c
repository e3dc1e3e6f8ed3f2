/* SPDX-License-Identifier: MIT */

/*
 * An expression is evaluated as it is read, once per row: there are few rows,
 * and it needs no tree. Members of rows are found without regard to case.
 */

#include "emulator/kusto.h"

#include <strings.h>

#include "base/json.h"
#include "base/parse.h"

enum token {
	TOKEN_END,
	TOKEN_WORD, /* a path too: properties.vaultUri, tags['a b'] */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_SIGN,
	TOKEN_WRONG,
};

typedef struct Lexer {
	const char *at; /* behind the token */
	enum token token;
	char text[KUSTO_TEXT_SIZE];
	unsigned depth;
	char *why; /* of KUSTO_WHY_SIZE */
} Lexer;

/* --- words -------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

static bool text_add(Lexer *lexer, size_t *n, char c)
{
	if (*n + 1 >= KUSTO_TEXT_SIZE)
		return false;
	lexer->text[(*n)++] = c;
	lexer->text[*n] = '\0';
	return true;
}

/* Up to the closing quote; a backslash takes the next as it is. */
static bool read_quoted(Lexer *lexer, size_t *n)
{
	char quote = *lexer->at++;

	while (*lexer->at && *lexer->at != quote) {
		if (*lexer->at == '\\' && lexer->at[1])
			lexer->at++;
		if (!text_add(lexer, n, *lexer->at++))
			return false;
	}
	if (*lexer->at != quote)
		return false;
	lexer->at++;
	return true;
}

/* Steps are parted by '\x1f' in the text, since names may have dots. */
static bool read_word(Lexer *lexer, size_t *n)
{
	for (;;) {
		while (is_word(*lexer->at)) {
			if (!text_add(lexer, n, *lexer->at++))
				return false;
		}
		if (*lexer->at == '~' && strcasecmp(lexer->text, "in") == 0)
			return text_add(lexer, n, *lexer->at++);
		if (*lexer->at == '.' && is_word(lexer->at[1])) {
			lexer->at++;
			if (!text_add(lexer, n, '\x1f'))
				return false;
			continue;
		}
		if (*lexer->at != '[' ||
		    (lexer->at[1] != '\'' && lexer->at[1] != '"'))
			return true;
		lexer->at++;
		if (!text_add(lexer, n, '\x1f') || !read_quoted(lexer, n) ||
		    *lexer->at != ']')
			return false;
		lexer->at++;
	}
}

static bool read_sign(Lexer *lexer, size_t *n)
{
	static const char *const signs[] = {"=~", "!~", "==", "!=", "|",
					    "=",  ",",  "(",  ")"};

	for (size_t i = 0; i < AKV_ARRAY_LEN(signs); i++) {
		size_t length = strlen(signs[i]);

		if (strncmp(lexer->at, signs[i], length) != 0)
			continue;
		for (size_t k = 0; k < length; k++)
			(void)text_add(lexer, n, *lexer->at++);
		return true;
	}
	return false;
}

static void next(Lexer *lexer)
{
	size_t n = 0;
	bool fine;

	lexer->text[0] = '\0';
	lexer->at += strspn(lexer->at, " \t\r\n");
	if (*lexer->at == '\0') {
		lexer->token = TOKEN_END;
		return;
	}
	if (*lexer->at == '\'' || *lexer->at == '"') {
		lexer->token = TOKEN_STRING;
		fine = read_quoted(lexer, &n);
	} else if (is_word(*lexer->at)) {
		lexer->token = *lexer->at >= '0' && *lexer->at <= '9'
				       ? TOKEN_NUMBER
				       : TOKEN_WORD;
		fine = read_word(lexer, &n);
	} else {
		lexer->token = TOKEN_SIGN;
		fine = read_sign(lexer, &n);
	}
	if (!fine)
		lexer->token = TOKEN_WRONG;
}

static int refuse(Lexer *lexer, const char *what)
{
	(void)snprintf(lexer->why, KUSTO_WHY_SIZE, "%s near '%.64s%.64s'", what,
		       lexer->text, lexer->at);
	return KUSTO_E_INVALID;
}

static bool is_sign(const Lexer *lexer, const char *sign)
{
	return lexer->token == TOKEN_SIGN && strcmp(lexer->text, sign) == 0;
}

static bool is_keyword(const Lexer *lexer, const char *word)
{
	return lexer->token == TOKEN_WORD && strcasecmp(lexer->text, word) == 0;
}

static int expect(Lexer *lexer, const char *sign)
{
	if (!is_sign(lexer, sign))
		return refuse(lexer, "a sign is missing");
	next(lexer);
	return 0;
}

/* --- values ------------------------------------------------------------- */

/* The member that the path leads to, or NULL. */
static const cJSON *path_get(const cJSON *row, const char *path)
{
	char name[KUSTO_TEXT_SIZE];

	while (row && *path) {
		size_t n = strcspn(path, "\x1f");

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, path);
		row = cJSON_GetObjectItem(row, name);
		path += n;
		if (*path)
			path++;
	}
	return row;
}

static void value_text(char ret[KUSTO_TEXT_SIZE], const cJSON *value)
{
	*ret = '\0';
	if (cJSON_IsString(value))
		(void)snprintf(ret, KUSTO_TEXT_SIZE, "%s", value->valuestring);
	else if (cJSON_IsBool(value))
		(void)snprintf(ret, KUSTO_TEXT_SIZE, "%s",
			       cJSON_IsTrue(value) ? "true" : "false");
	else if (cJSON_IsNumber(value))
		(void)snprintf(ret, KUSTO_TEXT_SIZE, "%.15g",
			       value->valuedouble);
}

/* A path or tolower(path), as text. */
static int operand(Lexer *lexer, const cJSON *row, char ret[KUSTO_TEXT_SIZE])
{
	bool lower = is_keyword(lexer, "tolower");
	int r;

	if (lexer->token != TOKEN_WORD)
		return refuse(lexer, "a column is missing");
	if (lower) {
		next(lexer);
		r = expect(lexer, "(");
		if (r != 0)
			return r;
	}
	value_text(ret, path_get(row, lexer->text));
	next(lexer);
	if (!lower)
		return 0;
	ascii_lower(ret);
	return expect(lexer, ")");
}

static bool literal(const Lexer *lexer)
{
	return lexer->token == TOKEN_STRING || lexer->token == TOKEN_NUMBER ||
	       is_keyword(lexer, "true") || is_keyword(lexer, "false");
}

static bool find_fold(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; strlen(text) >= n; text++) {
		if (strncasecmp(text, part, n) == 0)
			return true;
		if (*text == '\0')
			break;
	}
	return false;
}

static bool starts_fold(const char *text, const char *part)
{
	return strncasecmp(text, part, strlen(part)) == 0;
}

static const struct {
	const char *word;
	bool negated;
	bool (*fits)(const char *text, const char *part);
} operators[] = {
	{"contains", false, find_fold},
	{"has", false, find_fold},
	{"startswith", false, starts_fold},
	{"endswith", false, ascii_ends_with_fold},
	{"=~", false, ascii_equal_fold},
	{"!~", true, ascii_equal_fold},
	{"==", false, NULL},
	{"!=", true, NULL},
};

static int in_list(Lexer *lexer, const char *text, bool fold, bool *ret)
{
	bool found = false;
	int r = expect(lexer, "(");

	while (r == 0) {
		if (!literal(lexer))
			return refuse(lexer, "a value is missing");
		found = found || (fold ? strcasecmp(text, lexer->text) == 0
				       : strcmp(text, lexer->text) == 0);
		next(lexer);
		if (!is_sign(lexer, ","))
			break;
		next(lexer);
	}
	if (r == 0)
		r = expect(lexer, ")");
	*ret = found;
	return r;
}

static int comparison(Lexer *lexer, const cJSON *row, bool *ret)
{
	char text[KUSTO_TEXT_SIZE];
	bool fold, fits;
	size_t i = 0;
	int r = operand(lexer, row, text);

	if (r != 0)
		return r;
	fold = is_keyword(lexer, "in~");
	if (fold || is_keyword(lexer, "in")) {
		next(lexer);
		return in_list(lexer, text, fold, ret);
	}
	while (i < AKV_ARRAY_LEN(operators) &&
	       strcasecmp(operators[i].word, lexer->text) != 0)
		i++;
	if (i == AKV_ARRAY_LEN(operators))
		return refuse(lexer, "an operator is not known");
	next(lexer);
	if (!literal(lexer))
		return refuse(lexer, "a value is missing");
	fits = operators[i].fits ? operators[i].fits(text, lexer->text)
				 : strcmp(text, lexer->text) == 0;
	*ret = fits != operators[i].negated;
	next(lexer);
	return 0;
}

/* --- expressions -------------------------------------------------------- */

static int any_of(Lexer *lexer, const cJSON *row, bool *ret);

static int term(Lexer *lexer, const cJSON *row, bool *ret)
{
	int r;

	if (!is_sign(lexer, "("))
		return comparison(lexer, row, ret);
	if (lexer->depth == KUSTO_DEPTH_MAX)
		return refuse(lexer, "too many brackets");
	lexer->depth++;
	next(lexer);
	r = any_of(lexer, row, ret);
	lexer->depth--;
	return r == 0 ? expect(lexer, ")") : r;
}

static int all_of(Lexer *lexer, const cJSON *row, bool *ret)
{
	bool all = true, one = false;

	for (;;) {
		int r = term(lexer, row, &one);

		if (r != 0)
			return r;
		all = all && one;
		if (!is_keyword(lexer, "and"))
			break;
		next(lexer);
	}
	*ret = all;
	return 0;
}

static int any_of(Lexer *lexer, const cJSON *row, bool *ret)
{
	bool any = false, one = false;

	for (;;) {
		int r = all_of(lexer, row, &one);

		if (r != 0)
			return r;
		any = any || one;
		if (!is_keyword(lexer, "or"))
			break;
		next(lexer);
	}
	*ret = any;
	return 0;
}

/* --- stages ------------------------------------------------------------- */

static int stage_where(Lexer *lexer, cJSON **rows)
{
	AKV_JSON cJSON *kept = cJSON_CreateArray();
	Lexer end = *lexer;
	bool fits = false;
	cJSON *row;
	int r;

	if (!kept)
		return -ENOMEM;
	/* Once without a row, so that what is wrong is always seen. */
	r = any_of(&end, NULL, &fits);
	if (r != 0)
		return r;
	while (*rows && (*rows)->child) {
		Lexer again = *lexer;

		row = cJSON_DetachItemFromArray(*rows, 0);
		r = any_of(&again, row, &fits);
		if (r == 0 && fits && cJSON_AddItemToArray(kept, row))
			continue;
		cJSON_Delete(row);
		if (r != 0)
			return r;
	}
	cJSON_Delete(*rows);
	*rows = AKV_TAKE(kept);
	*lexer = end;
	return 0;
}

/* "properties.vaultUri" without a name of its own is properties_vaultUri. */
static void column_name(char ret[KUSTO_TEXT_SIZE], const char *path)
{
	(void)snprintf(ret, KUSTO_TEXT_SIZE, "%s", path);
	for (char *at = ret; *at; at++) {
		if (*at == '\x1f')
			*at = '_';
	}
}

static int column_copy(cJSON *to, const cJSON *row, const char *name,
		       const char *path)
{
	const cJSON *value = path_get(row, path);
	cJSON *copy = value ? cJSON_Duplicate(value, true) : cJSON_CreateNull();

	if (copy && cJSON_AddItemToObject(to, name, copy))
		return 0;
	cJSON_Delete(copy);
	return -ENOMEM;
}

/* One row's columns, by a lexer that stands behind "project". */
static int project_row(Lexer *lexer, cJSON *to, const cJSON *row)
{
	char name[KUSTO_TEXT_SIZE];
	int r = 0;

	for (;;) {
		char path[KUSTO_TEXT_SIZE];

		if (lexer->token != TOKEN_WORD)
			return refuse(lexer, "a column is missing");
		memcpy(path, lexer->text, sizeof(path));
		column_name(name, path);
		next(lexer);
		if (is_sign(lexer, "=")) {
			next(lexer);
			if (lexer->token != TOKEN_WORD)
				return refuse(lexer, "a column is missing");
			memcpy(path, lexer->text, sizeof(path));
			next(lexer);
		}
		r = column_copy(to, row, name, path);
		if (r < 0 || !is_sign(lexer, ","))
			return r;
		next(lexer);
	}
}

static int stage_project(Lexer *lexer, cJSON **rows)
{
	AKV_JSON cJSON *made = cJSON_CreateArray();
	AKV_JSON cJSON *nothing = cJSON_CreateObject();
	Lexer end = *lexer;
	const cJSON *row;
	int r;

	if (!made || !nothing)
		return -ENOMEM;
	r = project_row(&end, nothing, NULL);
	cJSON_ArrayForEach (row, *rows) {
		cJSON *columns = cJSON_CreateObject();
		Lexer again = *lexer;

		if (!columns || !cJSON_AddItemToArray(made, columns)) {
			cJSON_Delete(columns);
			return -ENOMEM;
		}
		if (r == 0)
			r = project_row(&again, columns, row);
	}
	if (r != 0)
		return r;
	cJSON_Delete(*rows);
	*rows = AKV_TAKE(made);
	*lexer = end;
	return 0;
}

static int stage_take(Lexer *lexer, cJSON **rows)
{
	uint64_t n;

	if (lexer->token != TOKEN_NUMBER ||
	    parse_uint64(&n, lexer->text, INT32_MAX) != 0)
		return refuse(lexer, "a number is missing");
	while (cJSON_GetArraySize(*rows) > (int)n)
		cJSON_DeleteItemFromArray(*rows, (int)n);
	next(lexer);
	return 0;
}

/* Not by cJSON_InsertItemInArray(): see issuers.c. */
static void row_insert(cJSON *rows, int at, cJSON *row)
{
	int after = cJSON_GetArraySize(rows) - at;

	(void)cJSON_AddItemToArray(rows, row);
	while (after-- > 0)
		(void)cJSON_AddItemToArray(rows,
					   cJSON_DetachItemFromArray(rows, at));
}

/* Insertion keeps the order of what is equal. */
static int stage_order(Lexer *lexer, cJSON **rows)
{
	AKV_JSON cJSON *sorted = cJSON_CreateArray();
	char path[KUSTO_TEXT_SIZE], a[KUSTO_TEXT_SIZE], b[KUSTO_TEXT_SIZE];
	bool up;

	if (!sorted)
		return -ENOMEM;
	if (!is_keyword(lexer, "by"))
		return refuse(lexer, "'by' is missing");
	next(lexer);
	if (lexer->token != TOKEN_WORD)
		return refuse(lexer, "a column is missing");
	memcpy(path, lexer->text, sizeof(path));
	next(lexer);
	up = is_keyword(lexer, "asc");
	if (up || is_keyword(lexer, "desc"))
		next(lexer);
	while ((*rows)->child) {
		cJSON *row = cJSON_DetachItemFromArray(*rows, 0), *other;
		int at = 0;

		value_text(a, path_get(row, path));
		cJSON_ArrayForEach (other, sorted) {
			value_text(b, path_get(other, path));
			if (up ? strcasecmp(a, b) < 0 : strcasecmp(a, b) > 0)
				break;
			at++;
		}
		row_insert(sorted, at, row);
	}
	cJSON_Delete(*rows);
	*rows = AKV_TAKE(sorted);
	return 0;
}

static int stage_count(Lexer *lexer, cJSON **rows)
{
	int n = cJSON_GetArraySize(*rows);
	AKV_JSON cJSON *made = cJSON_CreateArray();
	cJSON *row = cJSON_CreateObject();

	(void)lexer;
	if (!made || !row || !cJSON_AddItemToArray(made, row)) {
		cJSON_Delete(row);
		return -ENOMEM;
	}
	if (!cJSON_AddNumberToObject(row, "Count", n))
		return -ENOMEM;
	cJSON_Delete(*rows);
	*rows = AKV_TAKE(made);
	return 0;
}

static const struct {
	const char *word;
	int (*run)(Lexer *lexer, cJSON **rows);
} stages[] = {
	{"where", stage_where}, {"project", stage_project},
	{"take", stage_take},   {"limit", stage_take},
	{"order", stage_order}, {"sort", stage_order},
	{"count", stage_count},
};

static int stage(Lexer *lexer, cJSON **rows)
{
	for (size_t i = 0; i < AKV_ARRAY_LEN(stages); i++) {
		if (!is_keyword(lexer, stages[i].word))
			continue;
		next(lexer);
		return stages[i].run(lexer, rows);
	}
	return refuse(lexer, "an operation is not known here");
}

int kusto_run(cJSON **ret, char why[KUSTO_WHY_SIZE], const char *query,
	      const cJSON *rows)
{
	AKV_JSON cJSON *left = cJSON_Duplicate(rows, true);
	Lexer lexer = {.at = query, .why = why};
	int r = 0;

	if (!left)
		return -ENOMEM;
	next(&lexer);
	if (!is_keyword(&lexer, "resources"))
		return refuse(&lexer, "only the table resources is served");
	next(&lexer);
	while (r == 0 && lexer.token != TOKEN_END) {
		r = expect(&lexer, "|");
		if (r == 0)
			r = stage(&lexer, &left);
	}
	if (r == 0)
		*ret = AKV_TAKE(left);
	return r;
}
