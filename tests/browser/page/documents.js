// The queries of the stand-in page, by the names that PluginApi.GQL gives them.
import { gql } from "@apollo/client";

const PERFORMERS = "performers { id name image_path }";

export const FindImageDocument = gql`query FindImage($id: ID!) { findImage(id: $id) { id title paths { image thumbnail } ${PERFORMERS} } }`;
export const FindImagesDocument = gql`
  query FindImages {
    findImages(filter: { per_page: -1 }) {
      count
      images {
        id
        title
        paths {
          thumbnail
        }
      }
    }
  }
`;
export const FindGalleryDocument = gql`query FindGallery($id: ID!) { findGallery(id: $id) { id title image_count ${PERFORMERS} } }`;
export const FindGalleriesDocument = gql`
  query FindGalleries {
    findGalleries {
      count
      galleries {
        id
        title
      }
    }
  }
`;
export const FindSceneDocument = gql`query FindScene($id: ID!) { findScene(id: $id) { id title paths { screenshot stream } files { duration } ${PERFORMERS} } }`;
export const FindScenesDocument = gql`
  query FindScenes {
    findScenes {
      count
      scenes {
        id
        title
      }
    }
  }
`;
export const FindPerformersDocument = gql`
  query FindPerformers {
    findPerformers(filter: { per_page: -1 }) {
      count
      performers {
        id
        name
        image_path
      }
    }
  }
`;
export const FindPerformerDocument = gql`
  query FindPerformer($id: ID!) {
    findPerformer(id: $id) {
      id
      name
      image_path
      stash_ids {
        endpoint
        stash_id
      }
    }
  }
`;
export const ImageUpdateDocument = gql`mutation ImageUpdate($input: ImageUpdateInput!) { imageUpdate(input: $input) { id title ${PERFORMERS} } }`;
