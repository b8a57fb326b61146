import HoldfastClient
import Testing

/// Clients for a scripted server.
enum Clients {
    static func configuration(
        port: UInt16, callTimeout: Duration = .seconds(2), silence: Duration = .seconds(5),
        withCertificate: Bool = true, retry: RetryPolicy = RetryPolicy()
    ) -> ClientConfiguration {
        let files = TestCertificates.shared
        return ClientConfiguration(
            host: "127.0.0.1", port: port, certificateAuthorityFile: files.authority,
            certificateFile: withCertificate ? files.certificate("client") : nil,
            privateKeyFile: withCertificate ? files.key("client") : nil,
            callTimeout: callTimeout, silenceTimeout: silence, retryPolicy: retry)
    }

    static func reserve(_ requestID: RequestID = RequestID()) -> ReserveRequest {
        ReserveRequest(
            saleID: "sale-1", userID: "u1", lines: [StockLine(productID: "sku-1", quantity: 1)],
            requestID: requestID)
    }

    /// The error of a call that must fail.
    static func failure<Value: Sendable>(
        _ body: () async throws(HoldfastError) -> Value
    ) async -> HoldfastError? {
        do throws(HoldfastError) {
            let value = try await body()
            Issue.record("an answer where an error was due: \(value)")
            return nil
        } catch {
            return error
        }
    }
}
