/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * doctor-report - the findings of akvfs doctor, for people and for programs
 *
 * The table has a row per stage, its facts below it, and at the end one
 * sentence about the first that failed, and one command. Stages behind that one
 * are named by their code, and not explained.
 */

#include "auth/finding.h"
#include "base/buf.h"

typedef struct DoctorReport {
	const char *source; /* as it was typed */
	const Finding *findings;
	size_t n;
	int exit_code;
	bool color;
	size_t width; /* of a line; 0: as long as it is */
} DoctorReport;

/* Append lines of text. buf_append()'s returns. */
AKV_MUST_CHECK int doctor_report_text(Buf *buf, const DoctorReport *report);

/* Append a JSON object: see akvfs(8). Likewise. */
AKV_MUST_CHECK int doctor_report_json(Buf *buf, const DoctorReport *report);
