import Foundation
import HoldfastClient
import Testing

/// A server with admission on; `settings` are names behind `HOLDFAST_ADMISSION_`, `rules` the text of a rules file.
func admissionServer(
    _ settings: [String: String] = [:], rules: String? = nil, other: [String: String] = [:]
) throws -> TestServer {
    let directory = try TestServer.makeDirectory()
    var environment = ["HOLDFAST_ADMISSION_MODE": "enforce"]
    environment.merge(other) { $1 }
    for (name, value) in settings { environment["HOLDFAST_ADMISSION_\(name)"] = value }
    if let rules {
        let file = directory.appendingPathComponent("rules.yaml")
        try Data(rules.utf8).write(to: file)
        environment["HOLDFAST_ADMISSION_RULES"] = file.path
    }
    return try TestServer.start(in: directory, settings: environment)
}

/// Rules of which each test names its own.
func rulesFile(_ rules: String) -> String {
    "version: 7\nrules:\n" + rules
}

/// Rejects from the purchase after `count` in an hour on.
func purchaseRule(over count: Int) -> String {
    """
      - id: purchases
        feature: purchases_per_user
        window: 1h
        over: \(count)
        raise_to: 800

    """
}

extension HoldfastClient {
    /// The outcome of a Reserve, or the reason of its refusal.
    func tryReserve(
        _ user: String, sale: String = "sale", product: String = "sku", quantity: Int = 1,
        requestID: RequestID = RequestID(), client: BuyerClient? = anyBuyer
    ) async -> String {
        var request = reserveRequest(
            sale, product, user: user, quantity: quantity, requestID: requestID)
        request.client = client
        do throws(HoldfastError) {
            let response = try await self.reserve(request)
            return response.outcome.name + (response.replayed ? " again" : "")
        } catch {
            return error.reason
        }
    }
}
