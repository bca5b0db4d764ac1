res.cookie("sesi", isi); // TEMUAN
res.cookie("sesi", isi, { maxAge: 3600 }); // TEMUAN
res.cookie("sesi", isi, { httpOnly: false, secure: true }); // TEMUAN
app.use(session({ secret: rahasia, cookie: { secure: false } })); // TEMUAN
document.cookie = "token=" + token; // TEMUAN
