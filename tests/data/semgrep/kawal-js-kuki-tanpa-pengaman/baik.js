res.cookie("sesi", isi, { httpOnly: true, secure: true, sameSite: "lax" });
app.use(session({ secret: rahasia, cookie: { secure: true, httpOnly: true } }));
document.cookie = "bahasa=id";
jQuery.cookie("tampilan", isi, { expires: 365, secure: true });
