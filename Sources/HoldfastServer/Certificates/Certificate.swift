internal import COpenSSL
internal import Glibc

/// An X.509 certificate as this server makes and reads them.
final class Certificate {
    /// Clocks of machines differ: a certificate is valid from an hour before it was made.
    private static let backdateSeconds = 3_600

    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(self.pointer) }

    /// What stands in a certificate.
    struct Profile {
        var commonName: String
        /// Entries in OpenSSL's own notation: `DNS:localhost`, `IP:::1`, `URI:spiffe://…`.
        var alternativeNames: [String]
        var isCA: Bool
        /// `clientAuth`, `serverAuth`; empty for a CA.
        var extendedUsages: [String]
        var validDays: Int
    }

    /// - Parameters:
    ///   - issuer: Who signs; nil: the certificate signs itself.
    static func issue(
        _ profile: Profile, key: PrivateKey, issuer: (certificate: Certificate, key: PrivateKey)?
    ) throws(CertificateError) -> Certificate {
        ERR_clear_error()
        guard let pointer = X509_new() else { throw LibCrypto.failure("no memory") }
        let certificate = Certificate(pointer)
        // 2 is version 3, the first with extensions.
        guard X509_set_version(pointer, 2) == 1, certificate.setRandomSerial(),
            X509_gmtime_adj(X509_getm_notBefore(pointer), -Self.backdateSeconds) != nil,
            X509_gmtime_adj(X509_getm_notAfter(pointer), profile.validDays * 86_400) != nil,
            certificate.setName(profile.commonName),
            X509_set_issuer_name(
                pointer,
                X509_get_subject_name(issuer?.certificate.pointer ?? pointer)) == 1,
            X509_set_pubkey(pointer, key.pointer) == 1
        else { throw LibCrypto.failure("the certificate of \(profile.commonName) has bad fields") }

        let usage = profile.isCA ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature"
        var extensions: [(Int32, String)] = [
            (
                NID_basic_constraints,
                profile.isCA ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE"
            ),
            (NID_key_usage, usage),
            (NID_subject_key_identifier, "hash"),
        ]
        if issuer != nil { extensions.append((NID_authority_key_identifier, "keyid:always")) }
        if !profile.extendedUsages.isEmpty {
            extensions.append((NID_ext_key_usage, profile.extendedUsages.joined(separator: ",")))
        }
        if !profile.alternativeNames.isEmpty {
            extensions.append(
                (NID_subject_alt_name, profile.alternativeNames.joined(separator: ",")))
        }
        for (number, value) in extensions {
            try certificate.add(number, value, issuer: issuer?.certificate ?? certificate)
        }
        guard X509_sign(pointer, (issuer?.key ?? key).pointer, EVP_sha256()) > 0 else {
            throw LibCrypto.failure("the certificate of \(profile.commonName) cannot be signed")
        }
        return certificate
    }

    static func read(_ path: String) throws(CertificateError) -> Certificate {
        let bio = try LibCrypto.openText(path)
        defer { BIO_free(bio) }
        guard let pointer = PEM_read_bio_X509(bio, nil, LibCrypto.noPassphrase, nil) else {
            throw LibCrypto.failure("\(path) holds no PEM certificate")
        }
        return Certificate(pointer)
    }

    func pem() throws(CertificateError) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { throw LibCrypto.failure("no memory") }
        defer { BIO_free(bio) }
        guard PEM_write_bio_X509(bio, self.pointer) == 1 else {
            throw LibCrypto.failure("a certificate could not be written")
        }
        return LibCrypto.text(of: bio)
    }

    /// The key is the one that this certificate names.
    func matches(_ key: PrivateKey) -> Bool {
        let matches = X509_check_private_key(self.pointer, key.pointer) == 1
        ERR_clear_error()
        return matches
    }

    var isExpired: Bool { X509_cmp_current_time(X509_get0_notAfter(self.pointer)) < 0 }

    private func setRandomSerial() -> Bool {
        // 127 bits, positive and never 0: the top bit is cleared and the next one set.
        var bytes = LibCrypto.randomBytes(16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else { return false }
        defer { BN_free(number) }
        return BN_to_ASN1_INTEGER(number, X509_get_serialNumber(self.pointer)) != nil
    }

    private func setName(_ commonName: String) -> Bool {
        guard let name = X509_get_subject_name(self.pointer) else { return false }
        return X509_NAME_add_entry_by_txt(
            name, "O", Int32(MBSTRING_FLAG), "Holdfast development", -1, -1, 0) == 1
            && X509_NAME_add_entry_by_txt(
                name, "CN", Int32(MBSTRING_FLAG), commonName, -1, -1, 0) == 1
    }

    private func add(
        _ number: Int32, _ value: String, issuer: Certificate
    ) throws(CertificateError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer.pointer, self.pointer, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, number, value) else {
            throw LibCrypto.failure("the extension \(value) cannot be made")
        }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(self.pointer, made, -1) == 1 else {
            throw LibCrypto.failure("the extension \(value) cannot be added")
        }
    }
}
