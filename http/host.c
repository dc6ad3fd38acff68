/* SPDX-License-Identifier: MIT */
/* Whether a Host header names this machine. Any thread. */
#include "http/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* "" or ":" and a port, which RFC 3986 lets be empty. */
static bool is_port_or_nothing(const char *rest)
{
	return *rest == '\0' || (*rest == ':' && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

static bool is_address(int family, const char *text, size_t length)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr parsed; /* holds either */

	if (length >= sizeof address)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return inet_pton(family, address, &parsed) == 1;
}

static bool is_name(const char *text, size_t length, const char *name)
{
	return length > 0 && strlen(name) == length && strncasecmp(text, name, length) == 0;
}

bool host_is_ours(const char *host, const char *own_name)
{
	size_t length = strcspn(host, ":");
	const char *bracket = strchr(host, ']');

	if (*host == '[')
		return bracket && is_port_or_nothing(bracket + 1) &&
		       is_address(AF_INET6, host + 1, (size_t)(bracket - host - 1));
	if (!is_port_or_nothing(host + length))
		return false;
	return is_address(AF_INET, host, length) || is_name(host, length, "localhost") ||
	       is_name(host, length, own_name);
}
