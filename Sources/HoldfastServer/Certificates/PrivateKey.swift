internal import COpenSSL

/// An ECDSA key on P-256.
final class PrivateKey {
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(self.pointer) }

    static func generate() throws(CertificateError) -> PrivateKey {
        ERR_clear_error()
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else {
            throw LibCrypto.failure("no context for a key")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw LibCrypto.failure("no key could be made") }
        return PrivateKey(key)
    }

    /// Reads an unencrypted PEM key.
    static func read(_ path: String) throws(CertificateError) -> PrivateKey {
        let bio = try LibCrypto.openText(path)
        defer { BIO_free(bio) }
        guard let key = PEM_read_bio_PrivateKey(bio, nil, LibCrypto.noPassphrase, nil) else {
            throw LibCrypto.failure("\(path) holds no usable private key")
        }
        return PrivateKey(key)
    }

    /// PKCS #8 in PEM, not encrypted.
    func pem() throws(CertificateError) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { throw LibCrypto.failure("no memory") }
        defer { BIO_free(bio) }
        guard PEM_write_bio_PrivateKey(bio, self.pointer, nil, nil, 0, nil, nil) == 1 else {
            throw LibCrypto.failure("a key could not be written")
        }
        return LibCrypto.text(of: bio)
    }
}

/// What every use of libcrypto here needs.
enum LibCrypto {
    /// Never asks the terminal for a pass phrase.
    static let noPassphrase:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) ->
            Int32 = { _, _, _, _ in -1 }

    static func failure(_ what: String) -> CertificateError {
        var reasons: [String] = []
        while true {
            let error = ERR_get_error()
            if error == 0 { break }
            if let reason = ERR_reason_error_string(error) {
                reasons.append(String(cString: reason))
            }
        }
        let words = reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
        return CertificateError("\(what)\(words)")
    }

    static func openText(_ path: String) throws(CertificateError) -> OpaquePointer {
        let bytes: [UInt8]
        do {
            bytes = try TextFile.readBytes(path)
        } catch {
            throw CertificateError("\(path) cannot be read: \(error.message)")
        }
        ERR_clear_error()
        guard let bio = BIO_new(BIO_s_mem()),
            BIO_write(bio, bytes, Int32(bytes.count)) == Int32(bytes.count)
        else { throw self.failure("no memory") }
        return bio
    }

    static func text(of bio: OpaquePointer) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = BIO_read(bio, &chunk, Int32(chunk.count))
            if count <= 0 { break }
            bytes.append(contentsOf: chunk[..<Int(count)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes that nobody can guess.
    static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        precondition(RAND_bytes(&bytes, Int32(count)) == 1, "libcrypto gives no random bytes")
        return bytes
    }

    static func sha256(_ data: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let result = EVP_Digest(data, data.count, &digest, &count, EVP_sha256(), nil)
        precondition(result == 1 && count == 32, "libcrypto cannot hash")
        return digest
    }
}
