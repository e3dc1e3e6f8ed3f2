/* SPDX-License-Identifier: MIT */

/*
 * scan-memory PID|FILE... - find pieces of given texts in memory, from outside
 *
 * Standard input has a text per line: "+ LABEL TEXT" is one to be found,
 * "- LABEL TEXT" one that may be there, whose pieces count for nothing. A piece
 * is PIECE_SIZE bytes or more. All readable areas of a process are searched; a
 * FILE, such as a core dump, as it is. Prints a line per piece,
 *
 *	piece WHERE LABEL OFFSET LENGTH AREA
 *
 * and at the end, per PID or FILE, "scanned WHERE BYTES UNREADABLE-BYTES". The
 * pieces themselves are not printed. Exit status 0 whatever was found, 1 if a
 * memory could not be read.
 *
 * A match is found at any place in a text, not only at its beginning: what an
 * allocator overwrites in freed memory is the beginning.
 */

#include <fcntl.h>

#include "base/parse.h"
#include "base/std.h"

enum {
	PIECE_SIZE = 12,
	CHUNK_SIZE = 1 << 20,
	TEXTS_MAX = 64 * 1024,
	PIECES_PRINTED_MAX = 10000,
	LINE_MAX_SIZE = 512,
};

typedef struct Text {
	char *label; /* owned, as is the line that it begins */
	const char *bytes;
	size_t n;
	bool allowed;
} Text;

/* One window of a text; the table is open addressing by its hash. */
typedef struct Window {
	uint32_t text_plus_1; /* 0: free */
	uint32_t offset;
} Window;

typedef struct Scan {
	Text texts[TEXTS_MAX];
	size_t n_texts;
	Window *windows;
	size_t mask;
	unsigned printed;
	const char *where;
} Scan;

static _Noreturn void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "scan-memory: %s: %s\n", what, why);
	exit(1);
}

static uint64_t window_hash(const unsigned char *bytes)
{
	uint64_t low;
	uint32_t high;

	memcpy(&low, bytes, sizeof(low));
	memcpy(&high, bytes + sizeof(low), sizeof(high));
	low = (low ^ ((uint64_t)high << 29)) * UINT64_C(0x9e3779b97f4a7c15);
	return low ^ (low >> 32);
}

/* --- what is looked for --------------------------------------------------- */

static void text_add(Scan *scan, char *line)
{
	Text *text = &scan->texts[scan->n_texts];
	char *space;

	if (scan->n_texts == TEXTS_MAX)
		die("input", "too many texts");
	if ((line[0] != '+' && line[0] != '-') || line[1] != ' ')
		die("input", "a line begins with neither '+' nor '-'");
	text->allowed = line[0] == '-';
	text->label = line + 2;
	space = strchr(text->label, ' ');
	if (!space)
		die("input", "a line has no text");
	*space = '\0';
	text->bytes = space + 1;
	text->n = strlen(text->bytes);
	if (text->n < PIECE_SIZE)
		die(text->label, "too short to be looked for");
	scan->n_texts++;
}

static void texts_read(Scan *scan)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		text_add(scan, AKV_TAKE(line));
		room = 0;
	}
	free(line);
	if (scan->n_texts == 0)
		die("input", "there is nothing to look for");
}

static const unsigned char *window_bytes(const Scan *scan, Window window)
{
	const char *bytes = scan->texts[window.text_plus_1 - 1].bytes;

	return (const unsigned char *)bytes + window.offset;
}

/* The place of that window, or the free one where it belongs. */
static Window *window_find(const Scan *scan, const unsigned char *bytes)
{
	size_t at = window_hash(bytes) & scan->mask;

	while (scan->windows[at].text_plus_1 != 0 &&
	       memcmp(window_bytes(scan, scan->windows[at]), bytes,
		      PIECE_SIZE) != 0)
		at = (at + 1) & scan->mask;
	return &scan->windows[at];
}

/* What is allowed comes first, and so keeps the windows that it shares. */
static void windows_add(Scan *scan, bool allowed)
{
	for (size_t i = 0; i < scan->n_texts; i++) {
		const Text *text = &scan->texts[i];

		if (text->allowed != allowed)
			continue;
		for (size_t at = 0; at + PIECE_SIZE <= text->n; at++) {
			Window *window = window_find(
				scan, (const unsigned char *)text->bytes + at);

			if (window->text_plus_1 == 0)
				*window = (Window){(uint32_t)(i + 1),
						   (uint32_t)at};
		}
	}
}

static void windows_make(Scan *scan)
{
	size_t total = 0, size = 1024;

	for (size_t i = 0; i < scan->n_texts; i++)
		total += scan->texts[i].n;
	while (size < total * 3)
		size *= 2;
	scan->windows = calloc(size, sizeof(*scan->windows));
	if (!scan->windows)
		die("windows", strerror(errno));
	scan->mask = size - 1;
	windows_add(scan, true);
	windows_add(scan, false);
}

/* --- looking -------------------------------------------------------------- */

/* Bytes that @memory and the text at @window have in common. */
static size_t piece_size(const Scan *scan, Window window,
			 const unsigned char *memory, size_t n)
{
	const Text *text = &scan->texts[window.text_plus_1 - 1];
	const unsigned char *bytes = window_bytes(scan, window);
	size_t most = AKV_MIN(n, text->n - window.offset);
	size_t same = PIECE_SIZE;

	while (same < most && memory[same] == bytes[same])
		same++;
	return same;
}

static void piece_report(Scan *scan, Window window, size_t size,
			 const char *area)
{
	if (scan->printed++ < PIECES_PRINTED_MAX)
		(void)printf("piece %s %s %u %zu %s\n", scan->where,
			     scan->texts[window.text_plus_1 - 1].label,
			     window.offset, size, area);
}

/*
 * Look through @n bytes. Returns how many of the last ones belong to windows
 * that did not fit and have to be looked at again with what follows.
 */
static size_t chunk_scan(Scan *scan, const unsigned char *memory, size_t n,
			 const char *area)
{
	size_t at = 0;

	while (at + PIECE_SIZE <= n) {
		const Window *window = window_find(scan, memory + at);
		size_t size;

		if (window->text_plus_1 == 0) {
			at++;
			continue;
		}
		if (scan->texts[window->text_plus_1 - 1].allowed) {
			at++;
			continue;
		}
		size = piece_size(scan, *window, memory + at, n - at);
		piece_report(scan, *window, size, area);
		at += size;
	}
	return n - AKV_MIN(at, n);
}

/* Returns how many bytes could be read. */
static uint64_t area_scan(Scan *scan, int fd, uint64_t from, uint64_t to,
			  const char *area)
{
	static unsigned char memory[PIECE_SIZE + CHUNK_SIZE];
	uint64_t done = 0;
	size_t kept = 0;

	while (from < to) {
		size_t want = (size_t)AKV_MIN(to - from, (uint64_t)CHUNK_SIZE);
		ssize_t n = pread(fd, memory + kept, want, (off_t)from);

		if (n <= 0)
			break;
		done += (uint64_t)n;
		from += (uint64_t)n;
		n += (ssize_t)kept;
		kept = chunk_scan(scan, memory, (size_t)n, area);
		memmove(memory, memory + (size_t)n - kept, kept);
	}
	return done;
}

static void file_scan(Scan *scan, const char *path)
{
	AKV_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	uint64_t done;

	if (size <= 0)
		die(path, "nothing to be read");
	done = area_scan(scan, fd, 0, (uint64_t)size, "file");
	(void)printf("scanned %s %ju %ju\n", path, (uintmax_t)done,
		     (uintmax_t)size - (uintmax_t)done);
}

/* "from-to perms offset device inode path": false if it cannot be read. */
static bool area_parse(const char *line, uint64_t *from, uint64_t *to,
		       char *name, size_t name_size)
{
	unsigned long long first, end;
	char permissions[8] = "";
	int path_at = 0;

	if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %n", &first, &end,
		   permissions, &path_at) < 3)
		die("maps", line);
	*from = first;
	*to = end;
	(void)snprintf(name, name_size, "%s",
		       line[path_at] ? line + path_at : "anonymous");
	name[strcspn(name, "\n")] = '\0';
	/* Above half of the address space: the kernel's page, not memory. */
	return permissions[0] == 'r' && first >> 63 == 0;
}

static void process_scan(Scan *scan, const char *pid)
{
	char path[64], line[LINE_MAX_SIZE], name[LINE_MAX_SIZE];
	uint64_t done = 0, missed = 0, from, to;
	AKV_FD int fd = -1;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	if (fd < 0 || !maps)
		die(path, strerror(errno));
	while (fgets(line, sizeof(line), maps)) {
		uint64_t n;

		if (!area_parse(line, &from, &to, name, sizeof(name)))
			continue;
		n = area_scan(scan, fd, from, to, name);
		done += n;
		missed += to - from - n;
	}
	(void)fclose(maps);
	(void)printf("scanned %s %ju %ju\n", pid, (uintmax_t)done,
		     (uintmax_t)missed);
	if (done == 0)
		die(pid, "nothing could be read");
}

int main(int argc, char **argv)
{
	static Scan scan;
	uint64_t pid;

	if (argc < 2)
		die("usage", "scan-memory PID|FILE... <TEXTS");
	texts_read(&scan);
	windows_make(&scan);
	for (int i = 1; i < argc; i++) {
		scan.where = argv[i];
		if (parse_uint64(&pid, argv[i], INT32_MAX) == 0)
			process_scan(&scan, argv[i]);
		else
			file_scan(&scan, argv[i]);
	}
	free(scan.windows);
	for (size_t i = 0; i < scan.n_texts; i++)
		free(scan.texts[i].label - 2);
	return 0;
}
