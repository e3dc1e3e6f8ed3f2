/* SPDX-License-Identifier: MIT */

/* SOCK_SEQPACKET: one message is one packet. Used by launcher and worker. */

#include "fs/control.h"

#include <sys/socket.h>
#include <sys/uio.h>

typedef union PassedFd {
	struct cmsghdr header; /* for its alignment */
	char space[CMSG_SPACE(sizeof(int))];
} PassedFd;

int control_pair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0
		       ? -errno
		       : 0;
}

int control_send(int fd, const ControlMessage *message, int passed)
{
	struct iovec iov = {
		.iov_base = (void *)(uintptr_t)message,
		.iov_len = sizeof(*message),
	};
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
	PassedFd space = {0};

	if (passed >= 0) {
		struct cmsghdr *control;

		header.msg_control = space.space;
		header.msg_controllen = sizeof(space.space);
		control = CMSG_FIRSTHDR(&header);
		control->cmsg_level = SOL_SOCKET;
		control->cmsg_type = SCM_RIGHTS;
		control->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(control), &passed, sizeof(int));
	}
	return sendmsg(fd, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int control_receive(int fd, ControlMessage *ret, int *ret_passed)
{
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof(*ret)};
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
	PassedFd space = {0};
	struct cmsghdr *control;
	ssize_t n;

	*ret_passed = -1;
	header.msg_control = space.space;
	header.msg_controllen = sizeof(space.space);
	/*
	 * Linux tells once that the other end went without having read all,
	 * and only then gives what it had said before.
	 */
	do {
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && errno == EAGAIN)
		return CONTROL_E_NONE;
	if (n == 0)
		return CONTROL_E_CLOSED;
	if (n < 0)
		return -errno;
	control = CMSG_FIRSTHDR(&header);
	if (control && control->cmsg_level == SOL_SOCKET &&
	    control->cmsg_type == SCM_RIGHTS)
		memcpy(ret_passed, CMSG_DATA(control), sizeof(int));
	if (n != (ssize_t)sizeof(*ret))
		return -EBADMSG;
	ret->text[sizeof(ret->text) - 1] = '\0';
	return 0;
}
