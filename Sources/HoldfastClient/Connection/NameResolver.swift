import CLinux
import Glibc

/// An address to connect to.
struct ResolvedAddress: Sendable {
    let bytes: [UInt8]
    let family: Int32
    /// Like `127.0.0.1` or `::1`.
    let text: String
}

/// What looking up a name came to.
enum ResolveResult: Sendable {
    case addresses([ResolvedAddress])
    /// There is no such name; looking again soon will not help.
    case unknownName(String)
    /// The name service did not answer.
    case failed(String)
}

/// Host names to addresses. The system's resolver blocks, so only addresses written as numbers are read on the
/// caller's thread; names are looked up on a thread of their own.
enum NameResolver {
    /// The address that `host` already is; nil if it is a name.
    static func numeric(_ host: String, port: UInt16) -> [ResolvedAddress]? {
        if case .addresses(let found) = self.ask(host, port: port, flags: AI_NUMERICHOST) {
            return found
        }
        return nil
    }

    /// Looks `host` up and calls `done` on the thread that did. False if there is no thread for it.
    static func lookUp(
        _ host: String, port: UInt16, done: @escaping @Sendable (ResolveResult) -> Void
    ) -> Bool {
        LoopThread.start(name: "holdfast-dns") {
            done(self.ask(host, port: port, flags: 0))
        }
    }

    private static func ask(_ host: String, port: UInt16, flags: Int32) -> ResolveResult {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            let text = String(cString: gai_strerror(code))
            return code == EAI_NONAME ? .unknownName(text) : .failed(text)
        }
        defer { freeaddrinfo(list) }
        var found: [ResolvedAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr {
                found.append(
                    ResolvedAddress(
                        bytes: Array(
                            UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))),
                        family: entry.ai_family, text: self.text(address, entry.ai_addrlen)))
            }
            next = entry.ai_next
        }
        return found.isEmpty ? .unknownName("no addresses") : .addresses(found)
    }

    private static func text(_ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t)
        -> String
    {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
            let code = getnameinfo(
                address, length, buffer.baseAddress, socklen_t(buffer.count), nil, 0,
                NI_NUMERICHOST)
            return code == 0 ? String(cString: buffer.baseAddress!) : "?"
        }
    }
}
