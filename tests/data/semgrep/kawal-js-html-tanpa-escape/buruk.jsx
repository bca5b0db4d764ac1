export const Isi = ({ teks }) => <div dangerouslySetInnerHTML={{ __html: teks }} />; // TEMUAN
