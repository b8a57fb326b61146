import HoldfastClient

/// Sends the chunks of an import in order and adds up what the server says.
struct PreloadRun {
    /// What became of the whole import.
    struct Result {
        var outcome = PreloadOutcome.unspecified
        var replayed = false
        var productsAdded = 0
        var productsUpdated = 0
        var purchasesSet = 0
        var rejects: [ImportReject] = []
        var importID = RequestID.zero
        var saleID = ""
        var chunkCount = 0
        var rowCount = 0

        var json: JSONValue {
            .object([
                ("outcome", .string(self.outcome.protocolName)),
                ("importId", .string(self.importID.description)),
                ("saleId", .string(self.saleID)), ("replayed", .bool(self.replayed)),
                ("chunks", .integer(self.chunkCount)), ("rows", .integer(self.rowCount)),
                ("productsAdded", .integer(self.productsAdded)),
                ("productsUpdated", .integer(self.productsUpdated)),
                ("purchasesSet", .integer(self.purchasesSet)),
            ])
        }

        func tables() -> [Table] {
            [
                Table(pairs: [
                    ("outcome", self.outcome.name), ("sale", self.saleID),
                    ("rows", String(self.rowCount)), ("chunks", String(self.chunkCount)),
                    ("products added", String(self.productsAdded)),
                    ("products updated", String(self.productsUpdated)),
                    ("purchases set", String(self.purchasesSet)),
                    ("replayed", String(self.replayed)),
                ])
            ]
        }
    }

    let plan: ImportPlan
    let productLines: [Int]
    let purchaseLines: [Int]
    let timeout: Duration

    func send(_ server: HoldfastClient) async throws(HoldfastError) -> Result {
        var result = Result()
        result.importID = self.plan.requests[0].importID
        result.saleID = self.plan.requests[0].sale.saleID
        result.chunkCount = self.plan.requests.count
        result.rowCount = self.plan.rowCount
        defer { Terminal.endProgress() }
        var sentRows = 0
        for request in self.plan.requests {
            Terminal.progress(
                "sending chunk \(request.chunk + 1) of \(result.chunkCount), "
                    + "\(sentRows) of \(result.rowCount) rows")
            let response: PreloadResponse
            do throws(HoldfastError) {
                response = try await server.preload(request, timeout: self.timeout)
            } catch {
                guard !error.fieldViolations.isEmpty else { throw error }
                result.outcome = .rejected
                result.rejects = error.fieldViolations.map {
                    self.reject($0.field, $0.description, request.chunk)
                }
                return result
            }
            sentRows += request.sale.products.count + request.sale.purchases.count
            result.outcome = response.outcome
            result.replayed = response.replayed
            result.productsAdded += response.productsAdded
            result.productsUpdated += response.productsUpdated
            result.purchasesSet += response.purchasesSet
            if response.outcome == .rejected {
                result.rejects = response.rejects.map {
                    self.reject($0.field, $0.description, request.chunk)
                }
                if result.rejects.isEmpty {
                    result.rejects = [
                        ImportReject(line: 0, column: "", reason: "the server refused the import")
                    ]
                }
                return result
            }
        }
        return result
    }

    /// The server's path inside a chunk as a line of the file.
    private func reject(_ field: String, _ reason: String, _ chunk: Int) -> ImportReject {
        guard let row = self.plan.row(of: field, inChunk: chunk) else {
            return ImportReject(line: 0, column: field, reason: reason)
        }
        let lines = row.list == .products ? self.productLines : self.purchaseLines
        let line = lines.indices.contains(row.index) ? lines[row.index] : 0
        return ImportReject(line: line, column: row.column, reason: reason)
    }
}
