process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // TEMUAN
const agen = new https.Agent({ rejectUnauthorized: false }); // TEMUAN
