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

  private:
    bool wait(short events, int64_t until_ms);
    int64_t stall_limit() const;
    ssize_t receive(void *buf, size_t size);
    void shut();

    TransportRules *rules_;
    char ahead_[16384]; /* what the kernel gave beyond the bytes asked for */
    size_t ahead_begin_ = 0, ahead_end_ = 0;
};

void Connection::shut()
{
    if (getSocket() < 0)
        return;
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

OFBool Connection::networkDataAvailable(int timeout_s)
{
    if (ahead_begin_ < ahead_end_)
        return OFTrue;
    int64_t until = transport_now_ms() + (int64_t)timeout_s * 1000;
    if (rules_->deadline_ms && rules_->deadline_ms < until)
        until = rules_->deadline_ms;
    return wait(POLLIN, until) ? OFTrue : OFFalse;
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
            if (errno == EINTR || wait(POLLIN, stall_limit()))
                continue;
            errno = ETIMEDOUT;
            return -1;
        }
        /* the kernel falls back to delayed acknowledgements by itself, and a sender with Nagle's
         * algorithm then waits 40 ms for the last segment of every object */
        int on = 1;
        (void)setsockopt(getSocket(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
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

ssize_t Connection::write(void *buf, size_t size)
{
    const char *at = static_cast<const char *>(buf);
    size_t left = size;
    while (left > 0) {
        ssize_t n = send(getSocket(), at, left, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            at += n;
            left -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            if (!wait(POLLOUT, stall_limit()))
                return -1;
        } else if (n >= 0 || errno != EINTR) {
            return -1;
        }
    }
    return (ssize_t)size;
}
} // namespace

DcmTransportConnection *TransportLayer::createConnection(DcmNativeSocketType socket, OFBool secure)
{
    if (secure)
        return nullptr;
    return new Connection(socket, rules_);
}
