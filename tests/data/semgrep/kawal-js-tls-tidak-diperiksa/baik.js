const agen = new https.Agent({ rejectUnauthorized: true });
