import COpenSSL

@testable import HoldfastServer
@testable import HoldfastTransport

/// Facts that only tests ask for.
extension Certificate {
    /// As the transport reads it after a handshake. A method, so that the certificate outlives the reading.
    func facts() -> PeerCertificate { PeerCertificate(self.pointer) }

    func isSigned(by issuer: Certificate) -> Bool {
        guard let key = X509_get0_pubkey(issuer.pointer) else { return false }
        defer { ERR_clear_error() }
        return X509_verify(self.pointer, key) == 1
            && X509_check_issued(issuer.pointer, self.pointer) == X509_V_OK
    }

    func isValid(forHost host: String) -> Bool {
        X509_check_host(self.pointer, host, host.utf8.count, 0, nil) == 1
    }

    func isValid(forAddress address: String) -> Bool {
        X509_check_ip_asc(self.pointer, address, 0) == 1
    }

    /// The curve of the key.
    var curveName: String {
        guard let key = X509_get0_pubkey(self.pointer) else { return "" }
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return "" }
        return String(decoding: name[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
