const isi = jwt.verify(token, kunci, { algorithms: ["HS256"] });
