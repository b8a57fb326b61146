internal import COpenSSL
internal import Glibc

/// What the peer's verified certificate says. Facts only; what they mean is the caller's business.
package struct PeerCertificate: Sendable, Hashable {
    /// Every URI among the subject's alternative names, in order.
    package let uris: [String]
    package let isCA: Bool
    /// The extended key usage is there and lists clientAuth.
    package let hasClientAuthUsage: Bool
    package let notAfterUnixSeconds: Int64
    /// Hexadecimal, upper case.
    package let serial: String
    package let subject: String
    package let fingerprintSHA256: [UInt8]
}

extension PeerCertificate {
    /// Nil when the peer sent none. A certificate that was sent has been verified by the handshake.
    init?(of ssl: OpaquePointer) {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        self.init(certificate)
    }

    init(_ certificate: OpaquePointer) {
        self.uris = Self.readURIs(certificate)
        self.isCA = X509_get_extension_flags(certificate) & UInt32(EXFLAG_CA) != 0
        let hasUsage = X509_get_extension_flags(certificate) & UInt32(EXFLAG_XKUSAGE) != 0
        let usage = X509_get_extended_key_usage(certificate)
        self.hasClientAuthUsage = hasUsage && usage & UInt32(XKU_SSL_CLIENT) != 0
        self.notAfterUnixSeconds =
            CertificateTime.unixSeconds(X509_get0_notAfter(certificate)) ?? Int64.min
        self.serial = Self.readSerial(certificate)
        self.subject = Self.readSubject(certificate)
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var digestByteCount: UInt32 = 0
        precondition(X509_digest(certificate, EVP_sha256(), &digest, &digestByteCount) == 1)
        self.fingerprintSHA256 = Array(digest.prefix(Int(digestByteCount)))
        ERR_clear_error()
    }

    private static func readURIs(_ certificate: OpaquePointer) -> [String] {
        let extensionValue = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil)
        guard let extensionValue else { return [] }
        let names = OpaquePointer(extensionValue)
        defer { GENERAL_NAMES_free(names) }
        var uris: [String] = []
        for index in 0..<OPENSSL_sk_num(names) {
            guard let raw = OPENSSL_sk_value(names, index) else { continue }
            var type: Int32 = 0
            let name = raw.assumingMemoryBound(to: GENERAL_NAME.self)
            let value = GENERAL_NAME_get0_value(name, &type)
            guard type == GEN_URI, let value else { continue }
            let string = UnsafePointer<ASN1_STRING>(value.assumingMemoryBound(to: ASN1_STRING.self))
            let bytes = UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
            uris.append(String(decoding: bytes, as: UTF8.self))
        }
        return uris
    }

    private static func readSerial(_ certificate: OpaquePointer) -> String {
        guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil) else {
            return "?"
        }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return "?" }
        defer { CRYPTO_free(text, nil, 0) }
        return String(cString: text)
    }

    private static func readSubject(_ certificate: OpaquePointer) -> String {
        guard let output = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(output) }
        holdfast_x509_name_print(output, X509_get_subject_name(certificate))
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256)
        while true {
            let count = BIO_read(output, &chunk, Int32(chunk.count))
            if count <= 0 { break }
            text.append(contentsOf: chunk.prefix(Int(count)))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Times inside certificates.
enum CertificateTime {
    static func unixSeconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time else { return nil }
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Int64(timegm(&parts))
    }

    /// "2026-08-25 12:00:00 UTC".
    static func text(_ unixSeconds: Int64?) -> String {
        guard let unixSeconds else { return "an unreadable time" }
        var seconds = time_t(unixSeconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            strftime(buffer.baseAddress!, 64, "%Y-%m-%d %H:%M:%S UTC", &parts)
            return String(cString: buffer.baseAddress!)
        }
    }
}
