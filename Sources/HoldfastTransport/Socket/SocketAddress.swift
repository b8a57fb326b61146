internal import Glibc

/// A resolved address as the socket calls take it.
struct SocketAddress {
    var storage: sockaddr_storage
    let length: socklen_t
    let family: Int32

    /// The first address of the name. May ask a name server, so not on a reactor's thread.
    static func resolve(
        host: String, port: UInt16, isPassive: Bool
    ) throws(TransportError) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = isPassive ? AI_PASSIVE : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard result == 0, let first = list?.pointee, let address = first.ai_addr else {
            throw TransportError(
                .addressInvalid,
                "the host \"\(host)\" cannot be resolved: \(String(cString: gai_strerror(result)))",
                hint: "give an IP address or a name that this machine can resolve")
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
        }
        return SocketAddress(
            storage: storage, length: first.ai_addrlen, family: first.ai_family)
    }
}
