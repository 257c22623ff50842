#include "dicom/dcmtk/transport.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int64_t transport_now_ms()
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

namespace
{
constexpr size_t SLOWEST_BYTES = 1024; /* that must come while a PDU is waited for, in each stall_ms */

class Connection : public DcmTransportConnection
{
  public:
    Connection(int socket, TransportRules *rules) : DcmTransportConnection(socket), rules_(rules)
    {
    }
    ~Connection() override
    {
        shut();
    }
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ssize_t read(void *buf, size_t size) override;
    ssize_t write(void *buf, size_t size) override;
    OFBool networkDataAvailable(int timeout_s) override;

    OFCondition serverSideHandshake() override
    {
        return EC_Normal;
    }
    OFCondition clientSideHandshake() override
    {
        return EC_Normal;
    }
    OFCondition renegotiate(const char *) override
    {
        return EC_Normal;
    }
    void close() override
    {
        shut();
    }
    void closeTransportConnection() override
    {
        shut();
    }
    unsigned long getPeerCertificateLength() override
    {
        return 0;
    }
    unsigned long getPeerCertificate(void *, unsigned long) override
    {
        return 0;
    }
    /* "transparent" would let DCMTK poll the socket and miss what is buffered here */
    OFBool isTransparentConnection() override
    {
        return OFFalse;
    }
    OFString &dumpConnectionParameters(OFString &str) override
    {
        str = "TCP/IP";
        return str;
    }

  protected:
    /* At least one byte; 0 at the end, -1 when it took too long. */
    virtual ssize_t receive(void *buf, size_t size);
    /* What went out at once; 0 and what to wait for; -1 when nothing more can be sent. */
    virtual ssize_t send_some(const char *data, size_t size, short *events);
    virtual bool holds_bytes() const
    {
        return ahead_begin_ < ahead_end_;
    }
    virtual void say_goodbye()
    {
    }
    bool wait_for_more(short events);
    void arrived(size_t size);
    void shut();

    TransportRules *rules_;

  private:
    bool wait(short events, int64_t until_ms);
    bool wait_in_request(short events, int64_t until_ms);
    int64_t stall_limit() const;

    int64_t window_end_ms_ = 0; /* within a PDU: by then it must have gone on; 0: no wait yet */
    size_t window_bytes_ = 0;
    char ahead_[16384]; /* what the kernel gave beyond the bytes asked for */
    size_t ahead_begin_ = 0, ahead_end_ = 0;
};

void Connection::shut()
{
    if (getSocket() < 0)
        return;
    say_goodbye();
    (void)shutdown(getSocket(), SHUT_RDWR);
    (void)::close(getSocket());
    setSocket(-1);
}

int64_t Connection::stall_limit() const
{
    int64_t until = transport_now_ms() + rules_->stall_ms;
    return rules_->deadline_ms && rules_->deadline_ms < until ? rules_->deadline_ms : until;
}

bool Connection::wait(short events, int64_t until_ms)
{
    struct pollfd fds[2] = {{getSocket(), events, 0}, {rules_->daemon_fd, 0, 0}};
    for (;;) {
        int64_t left = until_ms - transport_now_ms();
        int n = poll(fds, rules_->daemon_fd >= 0 ? 2 : 1, left > 0 ? (int)left : 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0 && fds[1].revents) {
            rules_->daemon_gone = true;
            return false;
        }
        return n > 0;
    }
}

/* Small PDUs are each in time, and a row of them without end holds its study, and a place, for ever. Only our
 * waiting counts: what lies in the kernel while a disk is slow came in time. */
bool Connection::wait_in_request(short events, int64_t until_ms)
{
    int64_t begin = transport_now_ms();
    int64_t left_ms = rules_->stall_ms - rules_->waited_ms +
                      (int64_t)(rules_->request_bytes * 1000 / SLOWEST_BYTES_PER_S);
    bool is_less = rules_->in_request && begin + left_ms < until_ms;
    bool ready = wait(events, is_less ? begin + left_ms : until_ms);
    rules_->too_slow = is_less && !ready && !rules_->daemon_gone;
    rules_->waited_ms += transport_now_ms() - begin;
    return ready;
}

OFBool Connection::networkDataAvailable(int timeout_s)
{
    window_end_ms_ = 0;
    if (holds_bytes())
        return OFTrue;
    int64_t until = transport_now_ms() + (int64_t)timeout_s * 1000;
    if (rules_->deadline_ms && rules_->deadline_ms < until)
        until = rules_->deadline_ms;
    return wait_in_request(POLLIN, until) ? OFTrue : OFFalse;
}

/* Each wait has its limit, and so has their sum: a peer that sends one byte at a time is as bad as a silent
 * one. */
bool Connection::wait_for_more(short events)
{
    int64_t now = transport_now_ms();
    if (window_end_ms_ && now >= window_end_ms_ && window_bytes_ < SLOWEST_BYTES) {
        errno = ETIMEDOUT;
        return false;
    }
    if (now >= window_end_ms_) {
        window_end_ms_ = now + rules_->stall_ms;
        window_bytes_ = 0;
    }
    if (wait_in_request(events, stall_limit()))
        return true;
    errno = ETIMEDOUT;
    return false;
}

/* The kernel falls back to delayed acknowledgements by itself, and a sender with Nagle's algorithm then waits
 * 40 ms for the last segment of every object. */
void Connection::arrived(size_t size)
{
    int on = 1;
    (void)setsockopt(getSocket(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    window_bytes_ += size;
    rules_->in_request = rules_->deadline_ms == 0;
    rules_->request_bytes += size;
}

/* One call fills the caller's buffer and ours: PDU heads of 6 bytes come without a call of their own. */
ssize_t Connection::receive(void *buf, size_t size)
{
    struct iovec parts[2] = {{buf, size}, {ahead_, sizeof ahead_}};
    struct msghdr msg = {};
    msg.msg_iov = parts;
    msg.msg_iovlen = 2;
    for (;;) {
        ssize_t n = recvmsg(getSocket(), &msg, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (errno == EINTR || wait_for_more(POLLIN))
                continue;
            return -1;
        }
        if (n <= 0)
            return n;
        arrived((size_t)n);
        if (rules_->first_byte < 0)
            rules_->first_byte = *static_cast<const unsigned char *>(buf);
        if (n > (ssize_t)size) {
            ahead_begin_ = 0;
            ahead_end_ = (size_t)n - size;
            n = (ssize_t)size;
        }
        return n;
    }
}

ssize_t Connection::read(void *buf, size_t size)
{
    if (rules_->bytes_allowed) {
        if (size >= rules_->bytes_allowed) {
            errno = EMSGSIZE;
            return -1;
        }
        rules_->bytes_allowed -= size;
    }
    if (ahead_begin_ == ahead_end_)
        return receive(buf, size);
    size_t n = ahead_end_ - ahead_begin_ < size ? ahead_end_ - ahead_begin_ : size;
    memcpy(buf, ahead_ + ahead_begin_, n);
    ahead_begin_ += n;
    return (ssize_t)n;
}

ssize_t Connection::send_some(const char *data, size_t size, short *events)
{
    ssize_t n = send(getSocket(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0 || (errno != EAGAIN && errno != EINTR))
        return n > 0 ? n : -1;
    *events = POLLOUT;
    return 0;
}

ssize_t Connection::write(void *buf, size_t size)
{
    const char *at = static_cast<const char *>(buf);
    size_t left = size;
    while (left > 0) {
        short events = 0;
        ssize_t n = send_some(at, left, &events);
        if (n < 0 || (n == 0 && !wait(events, stall_limit())))
            return -1;
        at += n;
        left -= (size_t)n;
    }
    return (ssize_t)size;
}

/* The same behind TLS, which has a buffer of its own and needs none of ours. */
class SecureConnection : public Connection
{
  public:
    SecureConnection(int socket, TransportRules *rules, dw_tls_session *tls)
        : Connection(socket, rules), tls_(tls)
    {
    }
    ~SecureConnection() override
    {
        shut(); /* while say_goodbye() is still ours */
    }
    OFString &dumpConnectionParameters(OFString &str) override
    {
        str = "TLS";
        return str;
    }

  protected:
    ssize_t receive(void *buf, size_t size) override;
    ssize_t send_some(const char *data, size_t size, short *events) override;
    bool holds_bytes() const override
    {
        return dw_tls_has_pending(tls_);
    }
    void say_goodbye() override
    {
        dw_tls_bye(tls_);
    }

  private:
    dw_tls_session *tls_;
};

short events_of(dw_tls_wait wanted)
{
    return wanted == DW_TLS_READABLE ? POLLIN : POLLOUT;
}

ssize_t SecureConnection::receive(void *buf, size_t size)
{
    for (;;) {
        dw_tls_wait wanted = DW_TLS_ENDED;
        size_t n = dw_tls_read(tls_, buf, size, &wanted);
        if (n > 0) {
            arrived(n);
            return (ssize_t)n;
        }
        if (wanted == DW_TLS_ENDED)
            return 0;
        if (!wait_for_more(events_of(wanted)))
            return -1;
    }
}

ssize_t SecureConnection::send_some(const char *data, size_t size, short *events)
{
    dw_tls_wait wanted = DW_TLS_ENDED;
    size_t n = dw_tls_write(tls_, data, size, &wanted);
    *events = events_of(wanted);
    return n > 0 || wanted != DW_TLS_ENDED ? (ssize_t)n : -1;
}
} // namespace

DcmTransportConnection *TransportLayer::createConnection(DcmNativeSocketType socket, OFBool secure)
{
    if (secure) /* DCMTK's own kind, which nobody asks for */
        return nullptr;
    if (tls_)
        return new SecureConnection(socket, rules_, tls_);
    return new Connection(socket, rules_);
}
