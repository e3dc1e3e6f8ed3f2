/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * audience - what a token is for, and so where it works
 *
 * Every service takes the audience of its own and no other: a token that may
 * create vaults cannot read a secret. Pure: an audience is compared with the
 * table of cloud.h and a few ids that Microsoft has published, and never
 * repaired. For people, as claims.h is: what counts is what the service says.
 */

#include "auth/cloud.h"
#include "base/std.h"

/* Which service takes it; or, with a fault, which it was meant for. */
enum audience_plane {
	AUDIENCE_NOWHERE, /* none that akvfs knows */
	AUDIENCE_VAULT,   /* the data plane of vaults */
	AUDIENCE_HSM,     /* the data plane of managed HSMs */
	AUDIENCE_ARM,     /* the management plane */
	AUDIENCE_GRAPH,   /* Microsoft Graph */
};

enum audience_fault {
	AUDIENCE_OK,
	AUDIENCE_ABSENT,      /* there is none */
	AUDIENCE_SLASH,       /* ends in '/', and must not */
	AUDIENCE_OWN_URL,     /* one vault's own, or its private link's */
	AUDIENCE_SCOPE,       /* a scope, with "/.default" */
	AUDIENCE_SPN,         /* "spn:" and an id */
	AUDIENCE_APP_ID,      /* a vault's app id, in a token of version 1.0 */
	AUDIENCE_FORM,        /* the right host, written in another way */
	AUDIENCE_EXCHANGE,    /* to be exchanged for another token */
	AUDIENCE_APPLICATION, /* an application that is none of these */
	AUDIENCE_UNKNOWN,
};

typedef struct Audience {
	enum audience_plane plane;
	enum audience_fault fault;
	const Cloud *cloud; /* whose; NULL: any, or not known */
} Audience;

/*
 * Judge @audience, as claims.h gives it, of a token of @version ("1.0", "2.0";
 * may be ""). Where several clouds share what it says, *@ret has the one of
 * them that is @home (may be NULL).
 */
void audience_judge(Audience *ret, const char *audience, const char *version,
		    const Cloud *home);

/* Does it work on @plane of @home? With NULL, of any cloud. */
bool audience_works(const Audience *audience, enum audience_plane plane,
		    const Cloud *home);

/* What to ask for, to get a token for @plane of @cloud; NULL: not known. */
const char *audience_resource(enum audience_plane plane, const Cloud *cloud);

/* "data plane of vaults", ... : behind "the". */
const char *audience_plane_text(enum audience_plane plane);

/* A word for programs: "ok", "slash", "own-url", ...; it never changes. */
const char *audience_fault_word(enum audience_fault fault);

/*
 * Half a sentence on why it does not work on @plane (AUDIENCE_VAULT or
 * AUDIENCE_HSM) of @home, and what to ask for instead; "" if it does. @text is
 * the audience. Printable if @text is.
 */
enum { AUDIENCE_WHY_SIZE = 768 };
void audience_why(char ret[AUDIENCE_WHY_SIZE], const Audience *audience,
		  const char *text, enum audience_plane plane,
		  const Cloud *home);
