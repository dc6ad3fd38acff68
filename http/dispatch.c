/* SPDX-License-Identifier: MIT */
/* From a request's head to the answer's bytes, on the H threads. Nothing here waits. */
#include "http/dispatch.h"
#include "http/refusal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* ---- the request ---- */

static const char *query_value(const struct http_request *request, const char *key)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
}

static const char *header_value(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	struct http_head *head = context;

	(void)kind;
	(void)value;
	head->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
	head->content_lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	return MHD_YES;
}

/* The kernel knows who connected; a peer nobody can name is a stranger. */
static bool read_peer(const struct door *door, struct http_request *request)
{
	const int fd =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd;
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (!door->control || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	request->peer = (struct http_peer){ peer.uid, peer.pid };
	return peer.uid == geteuid() || peer.uid == 0;
}

static struct http_head read_head(const struct door *door, struct http_request *request,
				  const char *version)
{
	const struct http_server *server = door->server;
	const struct http_options *options = &server->options;
	struct http_head head = {
		.method = request->method,
		.path = request->path,
		.version = version,
		.host = header_value(request, MHD_HTTP_HEADER_HOST),
		.content_length = header_value(request, MHD_HTTP_HEADER_CONTENT_LENGTH),
		.transfer_encoding = header_value(request, MHD_HTTP_HEADER_TRANSFER_ENCODING),
		.content_type = header_value(request, MHD_HTTP_HEADER_CONTENT_TYPE),
		.own_name = server->own_name,
		.route = http_route_find(options->routes, options->route_count, request->path),
		.order = http_route_find(options->orders, options->order_count, request->path),
		.trusted = read_peer(door, request),
	};

	MHD_get_connection_values(request->connection, MHD_HEADER_KIND, count_header, &head);
	return head;
}

/* ---- the answer ---- */

/* On every answer of ours. libmicrohttpd's own, to what it cannot parse, are without. */
static const struct {
	const char *name, *value;
} common_headers[] = {
	{ MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding" },
	{ MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
	{ "X-Content-Type-Options", "nosniff" },
};

static void drop_body(const struct http_answer *answer)
{
	if (answer->body_free)
		answer->body_free(answer->body_owner);
	else
		free(answer->body);
}

static struct MHD_Response *response_for(const struct http_answer *answer)
{
	void (*release)(void *owner) = answer->body_free ? answer->body_free : free;
	void *owner = answer->body_free ? answer->body_owner : answer->body;

	return MHD_create_response_from_buffer_with_free_callback_cls(answer->length, answer->body,
								      release, owner);
}

static void add_headers(struct MHD_Response *response, const struct http_answer *answer,
			const struct http_head *head)
{
	const char *type = answer->content_type;

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type ? type : "text/plain");
	for (size_t i = 0; i < sizeof common_headers / sizeof *common_headers; i++)
		MHD_add_response_header(response, common_headers[i].name, common_headers[i].value);
	if (*answer->link)
		MHD_add_response_header(response, MHD_HTTP_HEADER_LINK, answer->link);
	if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, http_head_allows(head));
}

/* Takes the answer's body over. MHD_NO closes the connection. */
static enum MHD_Result queue_answer(struct MHD_Connection *connection,
				    const struct http_answer *answer, const struct http_head *head)
{
	struct MHD_Response *response = response_for(answer);
	enum MHD_Result result;

	if (!response) {
		drop_body(answer);
		return MHD_NO;
	}
	add_headers(response, answer, head);
	result = MHD_queue_response(connection, answer->status ? answer->status : MHD_HTTP_OK,
				    response);
	/* our reference; the connection has its own until the bytes are sent */
	MHD_destroy_response(response);
	return result;
}

/* "unix" where it has no IP address. */
static void read_address(const struct http_request *request, char address[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *peer = info ? info->client_addr : NULL;
	const int family = peer ? peer->sa_family : AF_UNIX;
	const void *from = peer;

	strcpy(address, "unix");
	if (family == AF_INET)
		(void)inet_ntop(family, &((const struct sockaddr_in *)from)->sin_addr, address,
				INET6_ADDRSTRLEN);
	else if (family == AF_INET6)
		(void)inet_ntop(family, &((const struct sockaddr_in6 *)from)->sin6_addr, address,
				INET6_ADDRSTRLEN);
}

static void tell_denied(const struct http_options *options, const struct http_request *request,
			const struct http_route *order)
{
	char address[INET6_ADDRSTRLEN];

	if (!options->denied)
		return;
	read_address(request, address);
	options->denied(options->context, order, address);
}

static enum MHD_Result answer_request(struct http_server *server, const struct http_request *request,
				      const struct http_head *head)
{
	const struct http_options *options = &server->options;
	const struct http_route *route =
		http_head_is_order(head) || !head->route ? head->order : head->route;
	struct http_refusal refusal = http_refuse(head);
	struct http_answer answer = { 0 };
	enum MHD_Result result;

	if (refusal.status == MHD_HTTP_FORBIDDEN)
		tell_denied(options, request, head->order);
	if (refusal.status)
		http_problem(&answer, refusal.status, refusal.detail);
	else
		route->answer(options->context, request, &answer);
	result = queue_answer(request->connection, &answer, head);
	if (options->count)
		options->count(options->context, route, answer.status ? answer.status : MHD_HTTP_OK);
	return result;
}

/* What came of a body so far. */
struct upload {
	size_t length, used;
	char text[];
};

static struct upload *upload_new(size_t length)
{
	struct upload *upload = malloc(sizeof *upload + length + 1);

	if (upload)
		*upload = (struct upload){ .length = length };
	return upload;
}

static void upload_add(struct upload *upload, const char *piece, size_t size)
{
	const size_t room = upload->length - upload->used, taken = size < room ? size : room;

	memcpy(upload->text + upload->used, piece, taken);
	upload->used += taken;
}

/*
 * libmicrohttpd calls once with the head alone, then once a piece of the body, then once at the
 * end. An answer at the first call closes the connection behind it: right where an unwanted body
 * follows, a waste else.
 */
enum MHD_Result dispatch_request(void *context, struct MHD_Connection *connection, const char *path,
				 const char *method, const char *version, const char *piece,
				 size_t *piece_size, void **progress)
{
	const struct door *door = context;
	struct http_request request = { .method = method,
					.path = path,
					.query = query_value,
					.header = header_value,
					.connection = connection };
	struct http_head head = read_head(door, &request, version);
	const bool first = !*progress, refused = http_refuse(&head).status;
	struct upload *upload =
		first ? upload_new(refused ? 0 : http_head_length(&head)) : *progress;

	*progress = upload;
	if (!upload)
		return MHD_NO;
	if (first && !(refused && http_head_has_body(&head)))
		return MHD_YES;
	if (!first && *piece_size) {
		upload_add(upload, piece, *piece_size);
		*piece_size = 0;
		return MHD_YES;
	}
	*piece_size = 0;
	upload->text[upload->used] = '\0';
	request.body = upload->text;
	request.body_length = upload->used;
	return answer_request(door->server, &request, &head);
}

/* ---- connections ---- */

void dispatch_connection(void *context, struct MHD_Connection *connection, void **watched,
			 enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = context;
	int fd;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		deadline_remove(&server->deadline, *watched);
		return;
	}
	fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	*watched = deadline_add(&server->deadline, fd, deadline_now_ns());
	if (!*watched)
		shutdown(fd, SHUT_RDWR); /* what cannot be watched is not served */
}

void dispatch_completed(void *context, struct MHD_Connection *connection, void **progress,
			enum MHD_RequestTerminationCode code)
{
	struct http_server *server = context;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	free(*progress);
	*progress = NULL;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		deadline_renew(&server->deadline, info->socket_context, deadline_now_ns());
}

void dispatch_log(void *context, const char *format, va_list arguments)
{
	const struct http_server *server = context;
	char line[512];

	if (!server->options.log)
		return;
	vsnprintf(line, sizeof line, format, arguments);
	line[strcspn(line, "\r\n")] = '\0';
	server->options.log(server->options.context, line);
}
